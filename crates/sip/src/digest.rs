//! Digest authentication as a client (RFC 7616, RFC 8760): MD5 and SHA-256, `qop=auth` or none.

use std::{
    collections::HashMap,
    fmt::Write,
    sync::{Mutex, PoisonError},
};

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::message::{Message, Name, split_list};

/// The most trunks whose nonces are remembered.
const MAX_TRUNKS: usize = 1_024;

/// The most proxies and user agents on one path that may each ask for credentials.
const MAX_REALMS: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Md5,
    Sha256,
}

/// A challenge that we can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// The challenge came in a 407, so Proxy-Authorization answers it.
    pub proxy: bool,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    qop_auth: bool,
    /// The credentials were right and only the nonce was old.
    pub stale: bool,
}

/// User name and password of a trunk.
#[derive(Clone)]
pub struct Login {
    /// The user name, which is not part of any URI.
    pub username: String,
    /// The password; it is never sent or logged.
    pub password: String,
    /// The trunk's host and port; nonces are remembered under this key.
    pub trunk: String,
}

/// The latest challenges of each trunk, so that the next call is not challenged again. The nonce
/// count rises with every use (RFC 7616 §3.4).
#[derive(Default)]
pub struct Nonces {
    known: Mutex<HashMap<String, Vec<(Challenge, u32)>>>,
}

/// The challenges that one request has received. Each proxy on the path and the user agent behind
/// them may ask for its own credentials (RFC 3261 §22.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Challenges(Vec<Challenge>);

impl Challenges {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the challenges of a 401 or 407. False: none can be answered, or one was already
    /// answered without success.
    pub fn take(&mut self, refusal: &Message) -> bool {
        let asked = Challenge::all_of(refusal);
        let again = !asked.is_empty() && asked.iter().all(|challenge| self.is_news(challenge));
        for challenge in asked {
            self.0.retain(|known| !known.is_of(&challenge));
            self.0.push(challenge);
        }
        again
    }

    /// Whether a challenge is worth an answer. A stale nonce is answered once more; a nonce that is
    /// stale every time is a refusal.
    fn is_news(&self, challenge: &Challenge) -> bool {
        match self.0.iter().find(|known| known.is_of(challenge)) {
            Some(before) => challenge.stale && !before.stale,
            None => self.0.len() < MAX_REALMS,
        }
    }
}

impl Challenge {
    /// Returns the best challenge of each realm in a 401 or 407 that we can answer.
    pub fn all_of(response: &Message) -> Vec<Challenge> {
        let proxy = response.code() == Some(407);
        let header = if proxy { Name::ProxyAuthenticate } else { Name::WwwAuthenticate };
        let mut best: Vec<Challenge> = Vec::new();
        for challenge in response.all(header).flat_map(|value| parse_header(value, proxy)) {
            match best.iter().position(|known| known.is_of(&challenge)) {
                Some(at) if best[at].algorithm < challenge.algorithm => best[at] = challenge,
                None if best.len() < MAX_REALMS => best.push(challenge),
                Some(_) | None => {}
            }
        }
        best
    }

    /// Whether both challenges come from the same place: user agent or proxy, and realm.
    fn is_of(&self, other: &Challenge) -> bool {
        (self.proxy, &self.realm) == (other.proxy, &other.realm)
    }

    fn parse(text: &str, proxy: bool) -> Option<Challenge> {
        let (scheme, rest) = text.trim().split_once(char::is_whitespace)?;
        if !scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let fields: Vec<(String, String)> = split_list(rest)
            .into_iter()
            .filter_map(|part| part.split_once('='))
            .map(|(key, value)| (key.trim().to_ascii_lowercase(), unquote(value)))
            .collect();
        let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, v)| v.clone());
        let algorithm = match field("algorithm") {
            None => Algorithm::Md5,
            Some(name) if name.eq_ignore_ascii_case("md5") => Algorithm::Md5,
            Some(name) if name.eq_ignore_ascii_case("sha-256") => Algorithm::Sha256,
            Some(_) => return None,
        };
        let qop_auth = match field("qop") {
            None => false,
            Some(qop) if qop.trim().is_empty() => false,
            Some(qop) if qop.split(',').any(|q| q.trim().eq_ignore_ascii_case("auth")) => true,
            Some(_) => return None,
        };
        Some(Challenge {
            proxy,
            realm: field("realm")?,
            nonce: field("nonce")?,
            opaque: field("opaque"),
            algorithm,
            qop_auth,
            stale: field("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }

    /// Returns the header line that answers the challenge.
    fn answer(&self, login: &Login, method: &str, uri: &str, count: u32) -> String {
        let hash = |text: String| match self.algorithm {
            Algorithm::Md5 => hex(&Md5::digest(text.as_bytes())),
            Algorithm::Sha256 => hex(&Sha256::digest(text.as_bytes())),
        };
        let Login { username, password, .. } = login;
        let Challenge { realm, nonce, .. } = self;
        let secret = hash(format!("{username}:{realm}:{password}"));
        let request = hash(format!("{method}:{uri}"));
        let cnonce = format!("{:016x}", fastrand::u64(..));
        let response = if self.qop_auth {
            hash(format!("{secret}:{nonce}:{count:08x}:{cnonce}:auth:{request}"))
        } else {
            hash(format!("{secret}:{nonce}:{request}"))
        };
        let name = if self.proxy { "Proxy-Authorization" } else { "Authorization" };
        let algorithm = match self.algorithm {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        };
        let mut line = format!(
            "{name}: Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{uri}\", \
             response=\"{response}\", algorithm={algorithm}",
            quote(username),
            quote(realm),
            quote(nonce),
        );
        if self.qop_auth {
            let _ = write!(line, ", qop=auth, nc={count:08x}, cnonce=\"{cnonce}\"");
        }
        if let Some(opaque) = &self.opaque {
            let _ = write!(line, ", opaque=\"{}\"", quote(opaque));
        }
        line.push_str("\r\n");
        line
    }
}

impl Nonces {
    /// Returns the header lines of a request. They answer the request's own challenges, else the
    /// trunk's latest ones. Empty when there are none.
    pub(crate) fn authorize(
        &self,
        login: &Login,
        asked: &Challenges,
        method: &str,
        uri: &str,
    ) -> String {
        let mut trunks = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if trunks.len() >= MAX_TRUNKS && !trunks.contains_key(&login.trunk) {
            trunks.clear();
        }
        let known = trunks.entry(login.trunk.clone()).or_default();
        for asked in &asked.0 {
            match known.iter_mut().find(|(challenge, _)| challenge.is_of(asked)) {
                // When many calls start at once, they get the same nonce; its count goes on.
                Some((challenge, _)) if challenge.nonce == asked.nonce => {}
                Some(entry) => *entry = (asked.clone(), 0),
                None => known.push((asked.clone(), 0)),
            }
        }
        let surplus = known.len().saturating_sub(MAX_REALMS);
        known.drain(..surplus);
        let lines = known.iter_mut().map(|(challenge, count)| {
            *count += 1;
            challenge.answer(login, method, uri, *count)
        });
        lines.collect()
    }
}

/// Splits a header line into its challenges; each starts with a scheme name.
fn parse_header(value: &str, proxy: bool) -> Vec<Challenge> {
    let mut texts: Vec<String> = Vec::new();
    for part in split_list(value) {
        let first = part.split('=').next().unwrap_or_default().trim();
        if first.contains(char::is_whitespace) || !part.contains('=') {
            texts.push(part.to_owned());
        } else if let Some(text) = texts.last_mut() {
            text.push(',');
            text.push_str(part);
        }
    }
    texts.iter().filter_map(|text| Challenge::parse(text, proxy)).collect()
}

/// Returns the text of a quoted string; a backslash escapes the next character.
fn unquote(value: &str) -> String {
    let value = value.trim();
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return value.to_owned();
    };
    let (mut text, mut escaped) = (String::with_capacity(inner.len()), false);
    for character in inner.chars() {
        if character == '\\' && !escaped {
            escaped = true;
        } else {
            text.push(character);
            escaped = false;
        }
    }
    text
}

fn quote(value: &str) -> String {
    let clean = value.replace(['\r', '\n'], "");
    clean.replace('\\', "\\\\").replace('"', "\\\"")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Login {
        Login {
            username: "Mufasa".into(),
            password: "Circle of Life".into(),
            trunk: "h:5060".into(),
        }
    }

    fn response(code: u16, lines: &str) -> Message {
        Message::parse(format!("SIP/2.0 {code} X\r\n{lines}\r\n").as_bytes()).unwrap()
    }

    fn field(line: &str, name: &str) -> String {
        let at = line.find(&format!(" {name}=")).unwrap() + name.len() + 2;
        line[at..].split([',', '\r']).next().unwrap().trim_matches('"').to_owned()
    }

    /// The example of RFC 7616 §3.9.1 with its method and URI. The client nonce is ours, so the
    /// test computes the expected value by the formula of §3.4.1 from the published hashes of A1
    /// and A2.
    #[test]
    fn the_published_secrets_give_the_published_hashes() {
        for (algorithm, a1, a2) in [
            ("MD5", "3d78807defe7de2157e2b0b6573a855f", "39aff3a2bab6126f332b942af96d3366"),
            (
                "SHA-256",
                "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232",
                "9a3fdae9a622fe8de177c24fa9c070f2b181ec85e15dcbdc32e10c82ad450b04",
            ),
        ] {
            let challenge = response(
                401,
                &format!(
                    "WWW-Authenticate: Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
                     algorithm={algorithm}, nonce=\"n\\\"1\", opaque=\"o\"\r\n"
                ),
            );
            let challenge = Challenge::all_of(&challenge).remove(0);
            let line = challenge.answer(&login(), "GET", "/dir/index.html", 300);
            assert_eq!(field(&line, "nc"), "0000012c");
            let cnonce = field(&line, "cnonce");
            let text = format!("{a1}:n\"1:0000012c:{cnonce}:auth:{a2}");
            let expected = match algorithm {
                "MD5" => hex(&Md5::digest(text.as_bytes())),
                _ => hex(&Sha256::digest(text.as_bytes())),
            };
            assert_eq!(field(&line, "response"), expected);
            assert_eq!(field(&line, "algorithm"), algorithm);
        }
    }

    #[test]
    fn of_several_challenges_the_best_answerable_one_is_taken() {
        let several = response(
            407,
            "WWW-Authenticate: Digest realm=\"other\", nonce=\"0\", algorithm=SHA-256\r\n\
             Proxy-Authenticate: Basic realm=\"r\"\r\n\
             Proxy-Authenticate: Digest realm=\"r\", nonce=\"1\", algorithm=SHA-512-256\r\n\
             Proxy-Authenticate: Digest realm=\"r\", nonce=\"2\", Digest realm=\"r\", nonce=\"3\", \
             algorithm=SHA-256, qop=\"auth-int\", Digest realm=\"r\", algorithm=sha-256, nonce=\"4\"\r\n",
        );
        let best = Challenge::all_of(&several);
        assert_eq!(best.iter().map(|best| best.nonce.as_str()).collect::<Vec<_>>(), ["4"]);
        assert!(Challenge::all_of(&response(401, "")).is_empty());
    }

    #[test]
    fn a_known_nonce_is_used_again_with_a_rising_count() {
        let nonces = Nonces::default();
        let count = |asked: Option<&Challenge>| {
            let asked = Challenges(asked.into_iter().cloned().collect());
            let line = nonces.authorize(&login(), &asked, "INVITE", "sip:a");
            (!line.is_empty()).then(|| field(&line, "nc"))
        };
        let asked = |nonce: &str| {
            let line =
                format!("WWW-Authenticate: Digest realm=\"r\",nonce=\"{nonce}\",qop=\"auth\"\r\n");
            Challenge::all_of(&response(401, &line)).remove(0)
        };
        assert_eq!(count(None), None);
        assert_eq!(count(Some(&asked("1"))).unwrap(), "00000001");
        assert_eq!(count(Some(&asked("1"))).unwrap(), "00000002");
        for uses in 3..=300u32 {
            assert_eq!(count(None).unwrap(), format!("{uses:08x}"));
        }
        assert_eq!(count(Some(&asked("2"))).unwrap(), "00000001");
    }

    #[test]
    fn quoted_strings_are_read_with_their_escapes_and_commas() {
        let header = "WWW-Authenticate: Digest\trealm = \"a, \\\"b\\\" \\\\ Digest c\",nonce=\"n\\,1\",\
                      qop=\"auth-int,auth\",algorithm=\"MD5\",opaque=\"\",stale=true\r\n";
        let asked = Challenge::all_of(&response(401, header));
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].realm, "a, \"b\" \\ Digest c");
        assert_eq!((asked[0].nonce.as_str(), asked[0].opaque.as_deref()), ("n,1", Some("")));
        assert!(asked[0].qop_auth && asked[0].stale);
        let line = asked[0].answer(&login(), "INVITE", "sip:a", 1);
        assert!(line.contains("realm=\"a, \\\"b\\\" \\\\ Digest c\","), "{line}");
    }

    #[test]
    fn everybody_on_the_way_gets_credentials_of_their_own() {
        let asks = |code: u16, name: &str, realm: &str, nonce: &str, stale: bool| {
            let line =
                format!("{name}: Digest realm=\"{realm}\",nonce=\"{nonce}\",stale={stale}\r\n");
            response(code, &line)
        };
        let (nonces, mut asked) = (Nonces::default(), Challenges::default());
        assert!(asked.take(&asks(407, "Proxy-Authenticate", "one", "1", false)));
        assert!(asked.take(&asks(407, "Proxy-Authenticate", "two", "2", false)));
        assert!(asked.take(&asks(401, "WWW-Authenticate", "one", "3", false)));
        let lines = nonces.authorize(&login(), &asked, "INVITE", "sip:a");
        assert_eq!(lines.matches("Proxy-Authorization: ").count(), 2, "{lines}");
        assert_eq!(lines.matches("\nAuthorization: ").count(), 1, "{lines}");
        let next = nonces.authorize(&login(), &Challenges::default(), "INVITE", "sip:a");
        assert_eq!(next.lines().count(), 3, "the next call is not asked again: {next}");

        assert!(asked.take(&asks(407, "Proxy-Authenticate", "two", "4", true)));
        assert!(!asked.take(&asks(407, "Proxy-Authenticate", "two", "5", true)), "always stale");
        assert!(!asked.take(&asks(407, "Proxy-Authenticate", "one", "6", false)), "refused");
        assert!(asked.take(&asks(407, "Proxy-Authenticate", "three", "7", false)));
        assert!(!asked.take(&asks(407, "Proxy-Authenticate", "four", "8", false)), "for ever");
    }
}
