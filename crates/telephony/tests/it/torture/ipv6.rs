//! RFC 5118 §4: IPv6 addresses where they are allowed, and where they are not.

use super::{Message, crlf};

/// How a message differs from a plain one.
struct Variant {
    name: &'static str,
    start: &'static str,
    via: &'static str,
    /// Headers after Call-ID, and the body.
    rest: &'static str,
}

const PLAIN: Variant = Variant {
    name: "",
    start: "REGISTER sip:[2001:db8::10] SIP/2.0",
    via: "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111",
    rest: "Contact: \"Caller\" <sip:caller@[2001:db8::1]>\nCSeq: 98176 REGISTER\nContent-Length: 0\n\n",
};

pub fn all() -> Vec<Message> {
    let message = |variant: &Variant| {
        let Variant { name, start, via, rest } = variant;
        let text = format!(
            "{start}\nTo: sip:user@example.com\nFrom: sip:user@example.com;tag=81x2\n\
             Via: {via}\nCall-ID: SSG9559905523997077@hlau_{name}\nMax-Forwards: 70\n{rest}"
        );
        (*name, crlf(&text))
    };
    VARIANTS.iter().map(message).collect()
}

const VARIANTS: &[Variant] = &[
    Variant { name: "ipv6-good", ..PLAIN },
    Variant { name: "ipv6-bad", start: "REGISTER sip:2001:db8::10 SIP/2.0", ..PLAIN },
    Variant { name: "port-ambiguous", start: "REGISTER sip:[2001:db8::10:5070] SIP/2.0", ..PLAIN },
    Variant {
        name: "port-unambiguous",
        start: "REGISTER sip:[2001:db8::10]:5070 SIP/2.0",
        ..PLAIN
    },
    Variant {
        name: "via-received-param-with-delim",
        start: "BYE sip:[2001:db8::10] SIP/2.0",
        via: "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111",
        rest: "CSeq: 321 BYE\nContent-Length: 0\n\n",
    },
    Variant {
        name: "via-received-param-no-delim",
        start: "OPTIONS sip:[2001:db8::10] SIP/2.0",
        via: "SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3",
        rest: "CSeq: 921 OPTIONS\nContent-Length: 0\n\n",
    },
    Variant {
        name: "ipv6-in-sdp",
        start: "INVITE sip:user@[2001:db8::10] SIP/2.0",
        via: "SIP/2.0/UDP [2001:db8::20];branch=z9hG4bKas3-111",
        rest: "Contact: \"Caller\" <sip:caller@[2001:db8::20]>\nCSeq: 8612 INVITE\nContent-Type: application/sdp\nContent-Length: 268\n\nv=0\no=assistant 971731711378798081 0 IN IP6 2001:db8::20\ns=Live video feed for today's meeting\nc=IN IP6 2001:db8::20\nt=3338481189 3370017201\nm=audio 6000 RTP/AVP 2\na=rtpmap:2 G726-32/8000\nm=video 6024 RTP/AVP 107\na=rtpmap:107 H263-1998/90000\n",
    },
    Variant {
        name: "mult-ip-in-header",
        start: "BYE sip:user@host.example.net SIP/2.0",
        via: "SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144",
        rest: "CSeq: 89187 BYE\nContent-Length: 0\n\n",
    },
    Variant {
        name: "mult-ip-in-sdp",
        start: "INVITE sip:user@[2001:db8::10] SIP/2.0",
        via: "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111",
        rest: "Contact: \"Caller\" <sip:caller@[2001:db8::9:1]>\nCSeq: 8912 INVITE\nContent-Type: application/sdp\nContent-Length: 181\n\nv=0\no=bob 280744730 28977631 IN IP4 host.example.com\ns=\nt=0 0\nm=audio 22334 RTP/AVP 0\nc=IN IP4 192.0.2.1\nm=video 6024 RTP/AVP 107\nc=IN IP6 2001:db8::1\na=rtpmap:107 H263-1998/90000\n",
    },
    Variant {
        name: "ipv4-mapped-ipv6",
        start: "INVITE sip:user@example.com SIP/2.0",
        via: "SIP/2.0/UDP host.example.com;branch=z9hG4bKas3-111\nVia: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19\nVia: SIP/2.0/UDP [::ffff:192.0.2.2];branch=z9hG4bKas3-111",
        rest: "Contact: \"T. Desk\" <sip:user@[::ffff:192.0.2.10]:19823>\nCSeq: 612 INVITE\nContent-Type: application/sdp\nContent-Length: 216\n\nv=0\no=assistant 971731711378798081 0 IN IP6 ::ffff:192.0.2.2\ns=Call me soon, please!\nc=IN IP6 ::ffff:192.0.2.2\nt=3338481189 3370017201\nm=audio 6000 RTP/AVP 2\na=rtpmap:2 G726-32/8000\n",
    },
    Variant {
        name: "ipv6-bug-abnf-3-colons",
        start: "OPTIONS sip:user@[2001:db8:::192.0.2.1] SIP/2.0",
        via: "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3",
        rest: "CSeq: 921 OPTIONS\nContent-Length: 0\n\n",
    },
    Variant {
        name: "via-without-end",
        via: "SIP/2.0/UDP [2001:db8::9:1;branch=z9hG4bKas3-112",
        ..PLAIN
    },
    Variant { name: "via-scope", via: "SIP/2.0/UDP [fe80::1%25lo]:5060;rport", ..PLAIN },
    Variant { name: "via-empty", via: "SIP/2.0/UDP []:;branch=z9hG4bK;rport=", ..PLAIN },
];
