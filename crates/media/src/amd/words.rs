//! What a transcript says about who answered. Machines say what people never say first: that a
//! message can be left, that a name is to be said, that a number is not in service.

use super::Class;

/// Returns what the words tell of who says them: voicemail, a call screener or an announcement.
/// None if a person may have said them. The words are English, Spanish, German, French, Portuguese or
/// Hindi; case, accents and punctuation do not matter.
pub fn class_of(words: &str) -> Option<Class> {
    let words = plain(words);
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| holds(&words, phrase));
    // A full mailbox names the mailbox, and a screener may name the voicemail: the rarer comes first.
    if says(ANNOUNCEMENT) {
        Some(Class::Announcement)
    } else if says(SCREENING) {
        Some(Class::Screening)
    } else if VOICEMAIL.iter().any(|phrase| holds(&without_offers(&words), phrase)) {
        Some(Class::Voicemail)
    } else {
        None
    }
}

/// Returns the words without the question of a person who offers to take a message.
fn without_offers(words: &str) -> String {
    OFFERS.iter().fold(words.to_owned(), |words, offer| words.replace(offer, " "))
}

/// Returns lower-case words without accents and punctuation, with one space before and after each.
fn plain(text: &str) -> String {
    let mut plain = String::from(" ");
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'á' | 'à' | 'â' | 'ã' | 'ä' => plain.push('a'),
            'é' | 'è' | 'ê' | 'ë' => plain.push('e'),
            'í' | 'î' | 'ï' | 'ì' => plain.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' | 'ö' => plain.push('o'),
            'ú' | 'ù' | 'û' | 'ü' => plain.push('u'),
            'ç' => plain.push('c'),
            'ñ' => plain.push('n'),
            'ß' => plain.push_str("ss"),
            'œ' => plain.push_str("oe"),
            // "can't" and "cant" are one word; a nukta is written or not.
            '\'' | '’' | '\u{93c}' => {}
            _ if letter.is_alphanumeric() || is_mark(letter) => plain.push(letter),
            _ if !plain.ends_with(' ') => plain.push(' '),
            _ => {}
        }
    }
    if !plain.ends_with(' ') {
        plain.push(' ');
    }
    plain
}

/// Whether this is a vowel sign of Devanagari, which belongs to a word.
fn is_mark(letter: char) -> bool {
    ('\u{900}'..='\u{97f}').contains(&letter) && !matches!(letter, '।' | '॥')
}

/// Whether the words hold the phrase. ` … ` in a phrase stands for up to five words.
fn holds(words: &str, phrase: &str) -> bool {
    let mut parts = phrase.split(" … ");
    let Some(first) = parts.next() else { return false };
    let rest: Vec<&str> = parts.collect();
    let starts = words.match_indices(' ').map(|(at, _)| at);
    starts.filter_map(|at| after(&words[at..], first)).any(|left| continues(left, &rest))
}

fn continues(words: &str, parts: &[&str]) -> bool {
    let Some((part, rest)) = parts.split_first() else { return true };
    let starts = words.match_indices(' ').map(|(at, _)| at).take(6);
    starts.filter_map(|at| after(&words[at..], part)).any(|left| continues(left, rest))
}

/// Returns what follows the part at the beginning of the words, from the space after it on.
fn after<'a>(words: &'a str, part: &str) -> Option<&'a str> {
    words.strip_prefix(' ')?.strip_prefix(part).filter(|left| left.starts_with(' '))
}

const OFFERS: &[&str] = &[
    " like to leave a message ",
    " want to leave a message ",
    " care to leave a message ",
    " quiere dejar un mensaje ",
    " desea dejar un mensaje ",
    " sie eine nachricht hinterlassen ",
    " vous laisser un message ",
    " quer deixar um recado ",
    " deseja deixar um recado ",
    " quer deixar uma mensagem ",
    " deseja deixar uma mensagem ",
];

const ANNOUNCEMENT: &[&str] = &[
    // English
    "not in service",
    "no longer in service",
    "been disconnected",
    "temporarily disconnected",
    "cannot be completed as dialed",
    "can not be completed as dialed",
    "cannot be completed at this time",
    "could not be completed",
    "check the number and",
    "number you have dialed is incorrect",
    "number you have dialed is not",
    "number you have dialed does not exist",
    "number you dialed is not",
    "number you have called is not in",
    "number has been changed",
    "is not accepting calls",
    "not accepting calls at this time",
    "mailbox is full",
    "mailbox … is full",
    "mailbox has not been set up",
    "mailbox that has not been set up",
    "voicemail box that has not been set up",
    "voicemail that has not been set up",
    "cannot accept … messages",
    "cannot accept any messages",
    "all circuits are busy",
    "out of coverage area",
    // Spanish
    "numero … no existe",
    "no existe … numero",
    "no esta asignado",
    "no se encuentra asignado",
    "fuera de servicio",
    "numero … no corresponde",
    "verifique el numero",
    "compruebe el numero",
    "buzon … lleno",
    "no puede recibir mensajes",
    // German
    "kein anschluss unter dieser nummer",
    "rufnummer ist nicht vergeben",
    "nummer ist nicht vergeben",
    "rufnummer … nicht vergeben",
    "mailbox ist voll",
    "mailbox … ist voll",
    "kann keine nachrichten … aufnehmen",
    "anschluss ist vorubergehend nicht",
    // French
    "nest pas attribue",
    "nest plus attribue",
    "nest plus en service",
    "nest pas en service",
    "messagerie … pleine",
    "boite vocale … pleine",
    "veuillez verifier le numero",
    // Portuguese
    "numero … nao existe",
    "esse numero nao existe",
    "este numero nao existe",
    "nao esta em servico",
    "numero … nao foi atribuido",
    "nao se encontra atribuido",
    "caixa … cheia",
    "caixa postal … cheia",
    "verifique o numero",
    // Hindi
    "नंबर मौजूद नहीं",
    "नंबर … मौजूद नहीं",
    "नंबर … सेवा में नहीं",
    "नंबर गलत है",
    "नंबर की जाँच करें",
    "कृपया नंबर जांच लें",
    "स्विच ऑफ है",
];

const SCREENING: &[&str] = &[
    // English
    "state your name",
    "say your name and",
    "say your full name",
    "please say your name",
    "record your name",
    "your name and why",
    "name and reason for",
    "name … the reason for",
    "screening service",
    "call screening",
    "call assist",
    "google assistant",
    "see if this person is available",
    "see if they are available",
    // Spanish
    "diga su nombre",
    "indique su nombre",
    "grabe su nombre",
    "nombre y … motivo",
    "filtro de llamadas",
    // German
    "nennen sie ihren namen",
    "nennen sie bitte ihren namen",
    "sagen sie ihren namen",
    "sagen sie bitte ihren namen",
    "ihren namen und … grund",
    // French
    "dites votre nom",
    "indiquez votre nom",
    "enoncez votre nom",
    "votre nom et … raison",
    "votre nom et … motif",
    // Portuguese
    "diga seu nome",
    "diga o seu nome",
    "informe seu nome",
    "grave seu nome",
    "seu nome e … motivo",
    // Hindi
    "अपना नाम बताएं",
    "अपना नाम बताइए",
    "अपना नाम बोलें",
    "अपना नाम और",
];

const VOICEMAIL: &[&str] = &[
    // English
    "leave a message",
    "leave … a message",
    "leave me a message",
    "leave us a message",
    "leave your message",
    "leave a … message",
    "leave your name",
    "leave it at the beep",
    "record your message",
    "record a message",
    "record after the",
    "at the tone",
    "after the tone",
    "after the beep",
    "at the beep",
    "wait for the tone",
    "wait for the beep",
    "voice message system",
    "voicemail of",
    "voice mail of",
    "voicemail for",
    "my voicemail",
    "mailbox of",
    "forwarded to … voicemail",
    "forwarded to voicemail",
    "forwarded to an automatic",
    "automated voice messaging",
    "reached the voicemail",
    "youve reached the voice",
    "person you are trying to reach",
    "person you are calling is not",
    "person you are calling cannot",
    "is not available to take your call",
    "cant come to the phone",
    "cannot come to the phone",
    "can come to the phone",
    "cant take your call",
    "cannot take your call",
    "unable to take your call",
    "cant answer your call",
    "sorry i missed your call",
    "sorry we missed your call",
    "ill get back to you as soon",
    "ill call you back as soon",
    "well call you back as soon",
    "get back to you as soon as",
    "our office is closed",
    "our office is currently closed",
    "we are currently closed",
    "press pound",
    "you may hang up",
    "simply hang up",
    // Spanish
    "deje su mensaje",
    "deje un mensaje",
    "deja tu mensaje",
    "deja un mensaje",
    "dejar un mensaje",
    "dejenos … mensaje",
    "grabe su mensaje",
    "despues de la senal",
    "despues del tono",
    "despues de oir la senal",
    "buzon de voz",
    "contestador",
    "no puedo atender … llamada",
    "no podemos atender … llamada",
    "no puedo contestar",
    "apagado o fuera de cobertura",
    // German
    "hinterlassen sie",
    "hinterlasst",
    "hinterlasse … nachricht",
    "nachricht hinterlassen",
    "nach dem signalton",
    "nach dem ton",
    "nach dem piepton",
    "nach dem piep",
    "anrufbeantworter",
    "mailbox von",
    "sprachbox",
    "zur zeit nicht erreichbar",
    "zurzeit nicht erreichbar",
    "momentan nicht erreichbar",
    "vorubergehend nicht erreichbar",
    "nicht personlich erreichbar",
    "rufen so bald wie moglich zuruck",
    // French
    "laissez un message",
    "laissez … message",
    "laisser un message",
    "laisser … message",
    "apres le bip",
    "apres le signal sonore",
    "sur le repondeur",
    "repondeur de",
    "boite vocale",
    "messagerie vocale",
    "sur la messagerie",
    "correspondant nest pas disponible",
    "correspondant nest pas joignable",
    "je ne suis pas disponible",
    "ne peux pas vous repondre",
    // Portuguese
    "deixe seu recado",
    "deixe o seu recado",
    "deixe um recado",
    "deixe sua mensagem",
    "deixe a sua mensagem",
    "deixe uma mensagem",
    "deixar uma mensagem",
    "deixar um recado",
    "apos o sinal",
    "apos o bip",
    "depois do sinal",
    "caixa postal",
    "caixa de mensagens",
    "secretaria eletronica",
    "nao posso atender",
    "nao podemos atender",
    // Hindi
    "संदेश छोड़ें",
    "संदेश छोडें",
    "अपना संदेश",
    "मैसेज छोड़ें",
    "मैसेज छोडें",
    "बीप के बाद",
    "टोन के बाद",
    "वॉइसमेल",
    "वॉयसमेल",
    "इस समय उपलब्ध नहीं",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_give_themselves_away() {
        for (class, texts) in [
            (
                Class::Voicemail,
                &[
                    "Hi, you've reached Dana, please leave me a message and I'll call you back.",
                    "The person you are trying to reach isn't available. At the tone, please record \
                     your message.",
                    "Please leave a short, detailed message.",
                    "En este momento no puedo atender su llamada.",
                    "Ha llamado al buzón de voz de Ana.",
                    "Bitte sprechen Sie nach dem Ton.",
                    "If you would like to leave a message, please wait for the tone.",
                    "Sie können uns gern eine Nachricht hinterlassen.",
                    "Vous êtes bien sur le répondeur de Paul.",
                    "Merci de nous laisser un petit message.",
                    "Deixe seu recado após o sinal.",
                    "कृपया बीप के बाद अपना संदेश छोड़ें।",
                ][..],
            ),
            (
                Class::Screening,
                &[
                    "Hi, if you record your name and reason for calling, I'll see if this person is \
                     available.",
                    "Please state your name and why you're calling.",
                    "Por favor, diga su nombre y el motivo de su llamada.",
                    "Bitte nennen Sie Ihren Namen und den Grund Ihres Anrufs.",
                    "Veuillez indiquez votre nom et la raison de votre appel.",
                    "Por favor, diga seu nome e o motivo da ligação.",
                    "कृपया अपना नाम बताएं।",
                ],
            ),
            (
                Class::Announcement,
                &[
                    "We're sorry. The number you have dialed is not in service.",
                    "The mailbox is full and cannot accept any messages at this time. Goodbye.",
                    "El número que usted marcó no existe.",
                    "Kein Anschluss unter dieser Nummer.",
                    "Le numéro que vous avez composé n'est pas attribué.",
                    "Este número não existe.",
                    "यह नंबर मौजूद नहीं है।",
                ],
            ),
        ] {
            for text in texts {
                assert_eq!(class_of(text), Some(class), "{text}");
            }
        }
    }

    #[test]
    fn people_are_not_taken_for_machines_by_their_words() {
        for text in [
            "",
            "Hello?",
            "Hello, who is this?",
            "Who's calling, please?",
            "May I ask who's calling?",
            "Good morning, Miller and sons, how can I help you?",
            "Thank you for calling Green Garden, this is Tom, how may I help you?",
            "Yes, this is she. What is this about?",
            "Can I take a message? He is not in at the moment.",
            "May I ask who is calling and what it is about?",
            "What is the reason for your call?",
            "He's out. Would you like to leave a message?",
            "¿Quiere dejar un mensaje?",
            "Möchten Sie eine Nachricht hinterlassen?",
            "Voulez-vous laisser un message?",
            "Deseja deixar um recado?",
            "Did you get my message? I left you one yesterday.",
            "What's the tone of this call?",
            "Sorry, I was on the other line, what was your name?",
            "What is your name?",
            "Hang on, I will get him, he is in the office.",
            "Is there a number I can call you back on?",
            "You have the wrong number.",
            "Please do not call this number again.",
            "¿Diga? ¿Quién es? ¿De parte de quién?",
            "No, mi número no es ese, se ha equivocado.",
            "Me dejaron un recado ayer.",
            "Müller, guten Tag, was kann ich für Sie tun?",
            "Worum geht es denn? Ich habe gerade keine Zeit.",
            "Haben Sie meine Nachricht bekommen?",
            "Er ist gerade nicht da, soll ich ihm etwas ausrichten?",
            "Allô, oui, c'est de la part de qui?",
            "Je vous rappelle après le déjeuner, laissez-moi votre numéro.",
            "Alô, quem fala? Ele não está.",
            "Posso anotar o recado?",
            "हैलो, कौन बोल रहा है?",
            "जी, बोलिए, क्या काम है?",
        ] {
            assert_eq!(class_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_phrase_spans_words_and_never_parts_of_words() {
        assert!(holds(" please leave us a message ", "leave … message"));
        assert!(holds(" leave message ", "leave … message"));
        assert!(!holds(" leave one two three four five six message ", "leave … message"));
        assert!(!holds(" sleeve a message ", "leave … message"));
        assert!(!holds(" leave messages ", "leave … message"));
        assert_eq!(plain("¡Después, del TONO!"), " despues del tono ");
    }
}
