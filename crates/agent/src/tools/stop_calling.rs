//! “Stop calling me” in words, in six languages.
//!
//! A wish holds for a clause that has one of the phrases of its language, unless a word before the
//! phrase denies it (“don't stop calling”) or a word of the clause limits it to a time (“don't call
//! me before nine”). Letters lose their accents first, and apostrophes go.

/// The phrases of one language. In a phrase, `a|b` is either word, `a?` may be missing, and `*` is
/// up to three words.
struct Tongue {
    phrases: &'static [&'static str],
    /// Words before a phrase that deny it.
    denials: &'static [&'static str],
    /// Questions and conditions whose denial is none, such as “why don't you”.
    asides: &'static [&'static str],
    /// Words that limit a wish to a time or another matter: it is not for ever.
    limits: &'static [&'static str],
    /// Whether a limit may stand before the phrase.
    limits_first: bool,
    /// Phrases that lift those limits, such as “from today on”.
    for_ever: &'static [&'static str],
}

const ENGLISH: Tongue = Tongue {
    phrases: &[
        "stop|quit|cease calling|phoning|ringing|contacting|dialing|dialling me|us|here|this|my|our",
        "< please? just? you? must? should? need? to? stop|quit calling|phoning|ringing >",
        "stop all? these|your|the calls >",
        "dont|never ever? call|phone|ring|contact|dial me|us|here|this * again|anymore|ever|more",
        "do not ever? call|phone|ring|contact|dial me|us|here|this * again|anymore|ever|more",
        "dont|never ever? call|phone|ring|contact me|us|here >",
        "do not ever? call|phone|ring|contact me|us|here >",
        "dont|never call|phone|contact me|us|here after|from today|this",
        "dont|never call again|anymore",
        "do not call again|anymore",
        "dont|not want you|anyone|anybody|these|this|people * to call|phone|ring|contact me|us|here \
         again?|anymore? >",
        "dont|not want any? more|your|these|to calls >",
        "dont|not want to be called|contacted again|anymore|any",
        "dont|not want to get|receive any? more|these|your? calls",
        "no more calls please? >",
        "take|remove|delete|get me|us off|from|of * list|lists|database|system",
        "take|remove|delete my|our|this name? and? number|name off|from|of * list|lists|database|system",
        "remove|delete my|our|this number >",
        "take me|us off >",
        "put|add|place me|us|my|this number? on|to * do not call",
        "put|add|place me|us|my|this number? on|to * dont call",
        "lose my|this number",
    ],
    denials: &[
        "dont", "not", "never", "didnt", "doesnt", "wont", "wouldnt", "cant", "cannot", "isnt",
        "wasnt", "nobody", "stopped",
    ],
    asides: &[
        "why dont you",
        "why not",
        "cant you",
        "wont you",
        "wouldnt you",
        "couldnt you",
        "can you not",
        "if you dont",
        "if you do not",
        "why wont you",
        "why cant you",
    ],
    limits: &[
        "before",
        "after",
        "until",
        "till",
        "tomorrow",
        "today",
        "tonight",
        "names",
        "that",
        "sir",
        "maam",
        "madam",
        "mister",
        "mr",
        "mrs",
        "ms",
        "sweetheart",
        "honey",
        "so",
    ],
    limits_first: false,
    for_ever: &["after today", "from today", "after this"],
};

const SPANISH: Tongue = Tongue {
    phrases: &[
        "no me|nos vuelva|vuelvan|vuelvas a llamar|contactar|telefonear",
        "no vuelva|vuelvan|vuelvas a llamar|llamarme|llamarnos|contactarme",
        "no me|nos llame|llamen|llames|llamas|contacte|contacten mas|nunca|jamas",
        "no me|nos llame|llamen|llames otra|de vez|nuevo",
        "no llame|llamen|llames mas|nunca",
        "nunca|jamas mas? me|nos llame|llamen|llames|vuelva|vuelvan",
        "deje|dejen|deja|dejad|dejar de llamar|llamarme|llamarnos|molestarme|telefonearme|contactarme",
        "pare|paren|para|basta de llamar|llamarme|llamarnos|llamadas",
        "no quiero|deseo|queremos que me|nos llame|llamen|llames|sigan|vuelvan * >",
        "no quiero|deseo|queremos recibir? mas llamadas",
        "no quiero|deseo|queremos recibir? sus|estas? llamadas",
        "quiteme|quitenme|quitame|borreme|borrenme|eliminenme|elimineme|saqueme|saquenme|retireme de * \
         lista|listas|base|sistema",
        "borre|borren|elimine|eliminen|quite|quiten|retire|retiren mi numero|nombre|telefono",
    ],
    denials: &["no", "nunca", "jamas", "ni"],
    asides: &["por que no", "si no", "que no"],
    limits: &[
        "antes", "despues", "hasta", "manana", "hoy", "tarde", "noche", "lunes", "domingo", "ahora",
    ],
    limits_first: false,
    for_ever: &["a partir de ahora", "a partir de hoy", "desde hoy", "desde ahora"],
};

const GERMAN: Tongue = Tongue {
    phrases: &[
        "rufen|ruft|ruf|rufe sie|ihr|du? mich|uns|hier bitte? nicht|nie|niemals|nimmer mehr|wieder an",
        "rufen|ruft|ruf mich|uns|hier bitte? nicht|nie mehr|wieder an",
        "rufen sie bitte nicht|nie mehr|wieder an",
        "bitte? nicht|nie|niemals mehr|wieder anrufen >",
        "horen|hor|hort sie? bitte? bitte? auf mich? uns? hier? anzurufen",
        "horen|hor|hort sie? bitte? bitte? auf mit * anrufen|anruferei",
        "keine anrufe mehr >",
        "keine weiteren anrufe",
        "will|mochte|mochten|wollen * nicht|nie mehr|wieder angerufen|kontaktiert werden",
        "will|mochte|mochten|wollen keine * anrufe",
        "streichen|nehmen|loschen|entfernen|nimm|losch|streich sie? mich|uns|meine|diese * \
         liste|verteiler|datenbank|kartei",
        "loschen|losch|streichen sie? bitte? meine|diese nummer|telefonnummer|rufnummer",
    ],
    denials: &["nicht", "nie", "niemals", "kein", "keinesfalls"],
    asides: &["warum nicht", "wenn sie nicht", "wieso horen sie nicht"],
    limits: &[
        "vor", "nach", "bis", "morgen", "heute", "abends", "nachts", "morgens", "jetzt", "sonntags",
    ],
    limits_first: false,
    for_ever: &["ab heute", "ab jetzt", "ab sofort"],
};

const FRENCH: Tongue = Tongue {
    phrases: &[
        "ne? mappelez|mappelle|mappeler|nappelez|appelez|nappelle plus jamais? >",
        "ne? nous appelez|rappelez|telephonez plus jamais? >",
        "ne? me rappelez|rappelle|telephonez|contactez|recontactez|derangez plus jamais? >",
        "ne? rappelez|telephonez plus jamais? >",
        "ne? mappelez|mappelle jamais plus? >",
        "arretez|arrete|cessez|cesse de mappeler|nous|me|mimportuner|telephoner|mecontacter",
        "arretez|arrete|cessez dappeler|vos|les|ces ici? appels? >",
        "ne? veux|souhaite|voulons|souhaitons plus * appels|dappels|dappel|appele|appelee|mappeliez|mappelle|contacte|\
         contactee|demarche|demarchee",
        "retirez|enlevez|supprimez|rayez|effacez|otez moi|nous de|des * \
         liste|listes|fichier|fichiers|base",
        "retirez|enlevez|supprimez|effacez|rayez mon|notre|ce numero|nom",
    ],
    denials: &["pas", "narretez", "narrete", "necessez", "jamais", "narretent"],
    asides: &["pourquoi pas", "si vous narretez pas"],
    limits: &[
        "avant",
        "apres",
        "jusqua",
        "demain",
        "aujourdhui",
        "soir",
        "matin",
        "pas",
        "maintenant",
    ],
    limits_first: false,
    for_ever: &[
        "a partir de maintenant",
        "a partir daujourdhui",
        "des maintenant",
        "sil vous plait",
    ],
};

const PORTUGUESE: Tongue = Tongue {
    phrases: &[
        "nao me|nos ligue|liguem|liga|ligues|telefone|telefonem|contacte|contactem|perturbe mais|nunca|\
         novamente",
        "nao me|nos ligue|liguem|liga de novo",
        "nao ligue|liguem|liga|telefone|telefonem mais|nunca >",
        "nao ligue|liguem|liga mais para mim|ca|aqui|este",
        "nao volte|voltem|voltes a me? ligar|telefonar|contactar",
        "nunca mais me|nos? ligue|liguem|telefone|telefonem",
        "pare|parem|para|deixe|deixem|chega de me|nos? ligar|telefonar|incomodar|perturbar|ligacoes",
        "nao quero|queremos|desejo mais? que voce? voces? me|nos liguem|ligue|telefonem mais? >",
        "nao quero|queremos|desejo mais receber? ligacoes|chamadas|telefonemas",
        "nao quero|queremos|desejo receber? mais|essas|estas|suas ligacoes|chamadas|telefonemas",
        "tire|tirem|retire|retirem|remova|removam|exclua|excluam|apague|apaguem o? meu|este numero|nome|\
         telefone",
        "me tire|tirem|retire|remova|exclua da|de * lista|listas|cadastro|base",
        "tire|tirem|retire|retirem|remova|exclua me da|de * lista|listas|cadastro|base",
    ],
    denials: &["nao", "nunca", "jamais"],
    asides: &["por que nao", "porque nao", "se nao"],
    limits: &["antes", "depois", "ate", "amanha", "hoje", "noite", "tarde", "agora"],
    limits_first: false,
    for_ever: &["a partir de agora", "a partir de hoje"],
};

const HINDI: Tongue = Tongue {
    phrases: &[
        "कॉल|काल|फोन|call|phone मत|mat करो|करना|कीजिए|कीजिएगा|करें|करिए|करिएगा|किया|karo|karna|kijiye|\
         kijiyega|karen|karein|kariye|kiya",
        "कॉल|काल|फोन|call|phone न|ना|na करो|करना|कीजिए|कीजिएगा|करें|करिए|karo|karna|kijiye|karen|karein",
        "कॉल|काल|फोन|call|phone करना|karna बंद|बन्द|band करो|करें|कीजिए|कर|karo|karen|karein|kijiye|kar",
        "मेरा|mera नंबर|नम्बर|number * हटा|हटाओ|हटाइए|निकाल|निकालो|मिटा|hata|hatao|hataiye|nikal|nikalo",
        "लिस्ट|सूची|list से|se * हटा|हटाओ|हटाइए|निकाल|निकालो|hata|hatao|hataiye|nikal|nikalo",
    ],
    denials: &["कभी-नहीं"],
    asides: &[],
    limits: &[
        "कल",
        "आज",
        "अभी",
        "सुबह",
        "शाम",
        "रात",
        "बजे",
        "पहले",
        "kal",
        "aaj",
        "abhi",
        "subah",
        "shaam",
        "raat",
        "baje",
        "pehle",
    ],
    limits_first: true,
    for_ever: &["आज के बाद", "आज से", "aaj ke baad", "aaj se", "अभी से", "abhi se"],
};

/// The part of a text that is looked at, in bytes.
const MAX_BYTES: usize = 4_096;

/// Whether a person asks not to be called any more, by what the person said.
pub fn asks_to_stop(said: &str) -> bool {
    let said = &said[..said.floor_char_boundary(MAX_BYTES)];
    let sentences = said.split(['.', ';', ':', '!', '?', '¡', '¿', '।', '\n', '…', '"', '“', '”']);
    // A comma may divide a wish, or part it from what would change its meaning.
    sentences.flat_map(|sentence| sentence.split(',').chain([sentence])).map(words).any(|clause| {
        [&ENGLISH, &SPANISH, &GERMAN, &FRENCH, &PORTUGUESE, &HINDI]
            .iter()
            .any(|tongue| tongue.has_wish(&clause))
    })
}

impl Tongue {
    fn has_wish(&self, clause: &[String]) -> bool {
        let clause: Vec<&str> = clause.iter().map(String::as_str).collect();
        self.phrases.iter().any(|phrase| {
            let phrase: Vec<&str> = phrase.split_whitespace().collect();
            (0..clause.len()).any(|from| {
                let limited = if self.limits_first { &clause } else { &clause[from..] };
                end_of(&phrase, &clause, from).is_some()
                    && !self.is_denied(&clause[..from])
                    && !self.is_limited(limited)
            })
        })
    }

    fn is_denied(&self, before: &[&str]) -> bool {
        let before = without(before, self.asides);
        before.iter().any(|word| self.denials.contains(word))
    }

    fn is_limited(&self, wish: &[&str]) -> bool {
        let wish = without(wish, self.for_ever);
        wish.iter().any(|word| self.limits.contains(word))
    }
}

/// Returns the words without those that belong to one of the phrases.
fn without<'w>(words: &[&'w str], phrases: &[&str]) -> Vec<&'w str> {
    let mut left = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let skipped = phrases.iter().find_map(|phrase| {
            let len = phrase.split(' ').count();
            words[at..].iter().take(len).copied().eq(phrase.split(' ')).then_some(len)
        });
        match skipped {
            Some(len) => at += len,
            None => {
                left.push(words[at]);
                at += 1;
            }
        }
    }
    left
}

/// Returns where a phrase ends that begins at a word. `<` and `>` are the ends of the clause, apart
/// from courtesies.
fn end_of(phrase: &[&str], clause: &[&str], at: usize) -> Option<usize> {
    const COURTESIES: [&str; 17] = [
        "please", "ok", "okay", "now", "thanks", "thank", "you", "no", "and", "por", "favor",
        "bitte", "hey", "sil", "vous", "plait", "well",
    ];
    let Some((part, rest)) = phrase.split_first() else { return Some(at) };
    let is_courtesy = |word: &&str| COURTESIES.contains(word);
    match *part {
        "<" => clause[..at].iter().all(is_courtesy).then_some(())?,
        ">" => clause[at..].iter().all(is_courtesy).then_some(())?,
        "*" => return (at..=clause.len().min(at + 3)).find_map(|at| end_of(rest, clause, at)),
        _ => {
            let (choices, is_optional) = match part.strip_suffix('?') {
                Some(choices) => (choices, true),
                None => (*part, false),
            };
            let is_met =
                clause.get(at).is_some_and(|word| choices.split('|').any(|one| one == *word));
            let met = is_met.then(|| end_of(rest, clause, at + 1)).flatten();
            return met.or_else(|| is_optional.then(|| end_of(rest, clause, at)).flatten());
        }
    }
    end_of(rest, clause, at)
}

/// Returns the words of a clause in lower case, without accents and apostrophes.
fn words(clause: &str) -> Vec<String> {
    let kept = clause.chars().filter(|letter| !matches!(letter, '\'' | '’' | '\u{93c}'));
    let plain: String = kept.flat_map(char::to_lowercase).map(plain).collect();
    let is_split =
        |letter: char| letter.is_whitespace() || matches!(letter, ',' | '-' | '–' | '—' | '/');
    plain.split(is_split).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn plain(letter: char) -> char {
    match letter {
        'à'..='å' | 'ā' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        '\u{95e}' => 'फ',
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_understood() {
        let wishes = [
            "Stop calling me.",
            "Please stop calling!",
            "Will you stop calling me at work?",
            "No. Don't call me again.",
            "Do not ever call me again, please.",
            "Don’t call here anymore.",
            "never call this number again",
            "I don't want you to call me anymore",
            "Why don't you stop calling me?",
            "If you don't stop calling me I'll go to the police.",
            "Take me off your list.",
            "could you remove my number from your calling list",
            "Put me on the do not call list.",
            "I do not want any more calls, thank you.",
            "No more calls, please.",
            "Don't call me after today.",
            "Just stop calling",
            "No me llame más, por favor.",
            "No vuelva a llamarme.",
            "¡Deje de llamarme!",
            "Por favor, dejen de llamar.",
            "No quiero que me llamen más.",
            "No quiero recibir más llamadas.",
            "Bórreme de su lista.",
            "Nunca más me llamen.",
            "Rufen Sie mich nicht mehr an!",
            "Rufen Sie hier bitte nie wieder an.",
            "Hören Sie auf, mich anzurufen.",
            "Hören Sie bitte auf mich anzurufen",
            "Ich möchte nicht mehr angerufen werden.",
            "Ich will keine Anrufe mehr.",
            "Streichen Sie mich von Ihrer Liste.",
            "Bitte nicht mehr anrufen.",
            "Löschen Sie bitte meine Nummer.",
            "Ne m'appelez plus !",
            "Ne me rappelez plus jamais.",
            "Arrêtez de m’appeler.",
            "arrêtez de nous appeler s'il vous plaît",
            "Je ne veux plus être appelé.",
            "Je ne veux plus recevoir d'appels.",
            "Retirez-moi de votre liste.",
            "Supprimez mon numéro.",
            "Não me ligue mais.",
            "Pare de me ligar!",
            "parem de ligar",
            "Não quero mais receber ligações.",
            "Tire o meu número da lista.",
            "Nunca mais me liguem.",
            "Não me telefonem mais.",
            "मुझे दोबारा कॉल मत करना।",
            "मुझे फ़ोन मत कीजिए",
            "कॉल करना बंद करो",
            "आज के बाद मुझे कॉल मत करना",
            "मेरा नंबर लिस्ट से हटा दीजिए",
            "mujhe call mat karo",
            "aaj ke baad phone mat karna",
        ];
        let missed: Vec<_> = wishes.into_iter().filter(|wish| !asks_to_stop(wish)).collect();
        assert!(missed.is_empty(), "{missed:#?}");
    }

    #[test]
    fn nothing_else_is_a_wish() {
        let others = [
            "",
            "Don't stop calling, I'm happy.",
            "Please don't stop calling me.",
            "I never said stop calling me.",
            "They won't stop calling me.",
            "Don't call me before nine.",
            "Don't call me tomorrow, call me on Friday.",
            "Please stop calling me sir.",
            "Stop calling me names.",
            "Call me again tomorrow.",
            "I had to stop calling because my phone died.",
            "Can you call me back?",
            "Don't call it a day yet.",
            "I can't stop, call me later.",
            "Take me through the list.",
            "Could you remove my appointment?",
            "Thanks for calling. Stop by any time.",
            "I don't want to be called late, before eight is fine.",
            "No deje de llamarme.",
            "No me llame mañana, llámeme el viernes.",
            "No me llame antes de las nueve.",
            "Llámeme más tarde.",
            "No dejen de llamar, por favor.",
            "Para llamar al médico, ¿qué hago?",
            "Rufen Sie mich bitte morgen noch einmal an.",
            "Rufen Sie mich nicht vor neun an.",
            "Hören Sie nicht auf anzurufen.",
            "Warum haben Sie nicht mehr angerufen?",
            "Ich habe Sie gestern nicht mehr erreicht.",
            "N'arrêtez pas de m'appeler.",
            "Ne m'appelez plus avant midi.",
            "Ne m'appelez pas demain.",
            "Rappelez-moi plus tard.",
            "Não pare de me ligar.",
            "Não me ligue amanhã.",
            "Não me ligue antes das nove.",
            "Me ligue mais tarde.",
            "Para ligar, aperto qual tecla?",
            "मुझे कल कॉल मत करना, परसों करना",
            "अभी फोन मत करो",
            "मुझे कॉल करो",
            "कॉल करना बंद मत करो",
            "kal call mat karna",
        ];
        let taken: Vec<_> = others.into_iter().filter(|other| asks_to_stop(other)).collect();
        assert!(taken.is_empty(), "{taken:#?}");
    }

    #[test]
    fn no_text_takes_long() {
        let long = "stop calling do not ever call ".repeat(2_000);
        assert!(!asks_to_stop(&"rufen sie mich bitte ".repeat(2_000)));
        let _ = asks_to_stop(&long);
    }
}
