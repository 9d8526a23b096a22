//! What is said in the two parts of the set. They share no sentence and no voice.

use super::voices::Voice;

/// A language and a text.
pub type Script = (&'static str, &'static str);

/// What is said in one part, and by whom.
pub struct Cast {
    pub hellos: &'static [Script],
    pub names: &'static [Script],
    pub businesses: &'static [Script],
    pub voicemail: &'static [Script],
    pub screening: &'static [Script],
    pub announcements: &'static [Script],
    pub voices: &'static [(&'static str, &'static [Voice])],
}

use Voice::{Espeak, Flite, Shaped};

pub const TUNE: Cast = Cast {
    hellos: &[
        ("en", "Hello?"),
        ("en", "Yes?"),
        ("en", "Yeah, hello."),
        ("en", "Hello, who is this?"),
        ("en", "Speaking."),
        ("en", "Hi there, what's up?"),
        ("de", "Hallo?"),
        ("es", "¿Diga?"),
        ("fr", "Allô, oui?"),
        ("pt", "Alô?"),
        ("hi", "हैलो, कौन?"),
    ],
    names: &[
        ("en", "Hi, this is Anna speaking."),
        ("en", "Johnson residence."),
        ("en", "Front desk, good evening."),
        ("de", "Müller, guten Tag."),
        ("es", "Sí, dígame, ¿quién es?"),
        ("fr", "Bonjour, Martin à l'appareil."),
    ],
    businesses: &[
        ("en", "Good morning, Miller and sons, how can I help you?"),
        (
            "en",
            "Thank you for calling the Riverside Hotel, my name is Paul, how may I direct your call?",
        ),
        ("en", "City clinic, good afternoon, this call may be recorded, what can I do for you?"),
        (
            "de",
            "Autohaus Becker, mein Name ist Lange, schönen guten Tag, was kann ich für Sie tun?",
        ),
    ],
    voicemail: &[
        (
            "en",
            "Hi, you've reached Anna. I can't come to the phone right now. Please leave a message \
                after the tone.",
        ),
        (
            "en",
            "The person you are trying to reach is not available. At the tone, please record your \
                message.",
        ),
        (
            "en",
            "Hello. This is the voice mail of Miller and sons. Our office is closed at the moment. \
                Please leave your name and number.",
        ),
        (
            "en",
            "Your call has been forwarded to an automatic voice message system. Please leave a \
                message after the beep.",
        ),
        ("en", "Hey, it's Mike, I'm not here, you know what to do."),
        (
            "en",
            "Thank you for calling the Riverside Hotel. Our hours are nine to five, Monday to \
                Saturday. All of our agents are away. Please leave your number, and we will call back.",
        ),
        (
            "de",
            "Guten Tag, Sie haben den Anschluss von Familie Müller erreicht. Wir sind zur Zeit \
                nicht da. Bitte hinterlassen Sie eine Nachricht nach dem Signalton.",
        ),
        (
            "es",
            "Hola, en este momento no puedo atender su llamada. Por favor, deje su mensaje después \
                de la señal.",
        ),
        (
            "fr",
            "Bonjour, vous êtes bien sur le répondeur de Paul. Laissez un message après le bip.",
        ),
        (
            "pt",
            "Sua chamada está sendo encaminhada para a caixa postal. Deixe seu recado após o sinal.",
        ),
    ],
    screening: &[
        (
            "en",
            "Hi, the person you are calling is using a screening service. Please state your name and \
                why you are calling, and I will see if this person is available.",
        ),
        (
            "en",
            "The subscriber you have called does not take unknown calls. After this message, say your \
                name and the reason for your call, then stay on the line.",
        ),
    ],
    announcements: &[
        (
            "en",
            "The number you have dialed is not in service. Please check the number and dial again.",
        ),
        ("en", "We're sorry, your call cannot be completed as dialed."),
        ("de", "Kein Anschluss unter dieser Nummer."),
        ("es", "El número que usted marcó no existe. Por favor, verifique el número."),
    ],
    voices: &[
        (
            "en",
            &[
                Espeak("en-us"),
                Espeak("en-gb+m3"),
                Espeak("en-us+f2"),
                Espeak("en-gb+f3"),
                Flite("kal"),
                Flite("slt"),
                Shaped(105.0),
                Shaped(190.0),
            ],
        ),
        ("de", &[Espeak("de"), Espeak("de+f3"), Shaped(120.0)]),
        ("es", &[Espeak("es+m2"), Espeak("es+f2")]),
        ("fr", &[Espeak("fr+m2"), Shaped(210.0)]),
        ("pt", &[Espeak("pt+f2"), Espeak("pt-br+m1")]),
        ("hi", &[Espeak("hi+m2"), Espeak("hi+f3")]),
    ],
};

pub const REPORT: Cast = Cast {
    hellos: &[
        ("en", "Hello."),
        ("en", "Hey."),
        ("en", "Yes, who's calling please?"),
        ("en", "Hello? Hello?"),
        ("en", "Mm, yeah?"),
        ("en", "Good morning."),
        ("de", "Ja, bitte?"),
        ("es", "¿Hola?"),
        ("fr", "Oui, bonjour?"),
        ("pt", "Pronto, quem fala?"),
        ("hi", "जी, बोलिए।"),
    ],
    names: &[
        ("en", "This is Robert."),
        ("en", "Hello, Peter here."),
        ("en", "Accounting, Linda."),
        ("en", "Hi, it's Susan, how are you?"),
        ("de", "Schmidt am Apparat."),
        ("fr", "Allô, ici Claire Dubois."),
    ],
    businesses: &[
        ("en", "Good afternoon, Lakeside Dental, Karen speaking."),
        ("en", "Thank you for calling Green Garden, this is Tom, how may I help you?"),
        (
            "en",
            "Welcome to Harbor Travel, where every trip is a pleasure, you are speaking with Monica.",
        ),
        (
            "de",
            "Schmidt und Partner, mein Name ist Weber, guten Morgen, wie kann ich Ihnen helfen?",
        ),
    ],
    voicemail: &[
        (
            "en",
            "Hi, this is Robert Jones. Sorry I missed your call. Leave your name and number and \
                I'll get back to you as soon as I can.",
        ),
        (
            "en",
            "You've reached the desk of Karen Smith. I am either on another line or away. Please \
                leave a detailed message. Thank you.",
        ),
        (
            "en",
            "The number you have called cannot answer right now. Please try again later, \
                or leave a message at the tone.",
        ),
        (
            "en",
            "Hello, you have reached Lakeside Dental. Our office hours are Monday to Friday, eight \
                to five. If this is an emergency, please hang up and call the hospital. Otherwise \
                leave a message.",
        ),
        ("en", "We're sorry, nobody can come to the phone. Please record after the beep."),
        ("en", "Yo, this is Dave. Leave it at the beep."),
        (
            "en",
            "Four one five, five five five, zero one nine nine, is on another call. To leave a voice \
                message, please wait for the tone. When you have finished, simply hang up.",
        ),
        (
            "de",
            "Der gewünschte Gesprächspartner ist zur Zeit nicht erreichbar. Bitte sprechen Sie \
                nach dem Ton.",
        ),
        (
            "es",
            "El teléfono al que llama está apagado o fuera de cobertura. Deje su mensaje después \
                de oír la señal.",
        ),
        (
            "fr",
            "Votre correspondant n'est pas disponible pour le moment. Merci de laisser vos \
                coordonnées et un message.",
        ),
    ],
    screening: &[
        (
            "en",
            "Hello, this call is answered by an assistant. Before I connect you, may I ask who is \
                calling and what it is about? Please answer after this message.",
        ),
        (
            "en",
            "You have called someone who asks to be told first who is there. Go ahead, and say your \
                full name, your company, and the reason for the call.",
        ),
    ],
    announcements: &[
        (
            "en",
            "The customer you are calling has a mailbox that is full and cannot accept messages now. \
                Goodbye.",
        ),
        ("en", "The subscriber has been temporarily disconnected."),
        ("de", "Die gewählte Rufnummer ist nicht vergeben. Bitte rufen Sie die Auskunft an."),
        ("fr", "Le numéro que vous avez composé n'est pas attribué."),
    ],
    voices: &[
        (
            "en",
            &[
                Espeak("en-us+f4"),
                Espeak("en-gb-x-rp"),
                Espeak("en-us+m1"),
                Espeak("en-gb-scotland+f1"),
                Flite("rms"),
                Flite("awb"),
                Shaped(90.0),
                Shaped(225.0),
            ],
        ),
        ("de", &[Espeak("de+m4"), Espeak("de+f4"), Shaped(170.0)]),
        ("es", &[Espeak("es+m6"), Espeak("es-419+f4")]),
        ("fr", &[Espeak("fr+f4"), Shaped(115.0)]),
        ("pt", &[Espeak("pt+m4"), Espeak("pt-br+f4")]),
        ("hi", &[Espeak("hi+f4"), Espeak("hi+m6")]),
    ],
};
