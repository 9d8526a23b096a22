//! Digest authentication as a client (RFC 7616, RFC 8760): MD5 and SHA-256, `qop=auth` or none.

use std::{
    collections::HashMap,
    fmt::Write,
    sync::{Mutex, PoisonError},
};

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::message::{Message, Name, split_list};

/// Trunks whose nonces are remembered.
const MAX_TRUNKS: usize = 1_024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Md5,
    Sha256,
}

/// A challenge that we can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// From a 407, to be answered with Proxy-Authorization.
    pub proxy: bool,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    qop_auth: bool,
    /// The credentials were right, only the nonce was old.
    pub stale: bool,
}

/// User name and password of a trunk.
#[derive(Clone)]
pub(crate) struct Login {
    pub username: String,
    pub password: String,
    /// What nonces are remembered under: the trunk's place.
    pub trunk: String,
}

/// The latest challenges of each trunk, so that a call need not be challenged again: the nonce
/// count rises with every use (RFC 7616 §3.4).
#[derive(Default)]
pub(crate) struct Nonces {
    known: Mutex<HashMap<(String, bool), (Challenge, u32)>>,
}

impl Challenge {
    /// The best challenge of a 401 or 407 that we can answer.
    pub fn of(response: &Message) -> Option<Challenge> {
        let challenges = response
            .all(Name::WwwAuthenticate)
            .map(|value| (value, false))
            .chain(response.all(Name::ProxyAuthenticate).map(|value| (value, true)));
        let proxy_wanted = response.code() == Some(407);
        challenges
            .filter(|(_, proxy)| *proxy == proxy_wanted)
            .flat_map(|(value, proxy)| parse_header(value, proxy))
            .max_by_key(|challenge| challenge.algorithm)
    }

    fn parse(text: &str, proxy: bool) -> Option<Challenge> {
        let (scheme, rest) = text.trim().split_once(' ')?;
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

    /// The header line that answers it.
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
    /// The header lines of a request: answers to what the call was asked itself, else to what the
    /// trunk asked last. Empty when nobody asked yet.
    pub fn authorize(
        &self,
        login: &Login,
        asked: &[Option<Challenge>; 2],
        method: &str,
        uri: &str,
    ) -> String {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_TRUNKS {
            known.clear();
        }
        let mut lines = String::new();
        for (proxy, asked) in [false, true].into_iter().zip(asked) {
            let key = (login.trunk.clone(), proxy);
            let entry = match (known.get_mut(&key), asked) {
                // Many calls are asked with one and the same nonce at a start: its count goes on.
                (Some(entry), Some(asked)) if entry.0.nonce == asked.nonce => entry,
                (_, Some(asked)) => {
                    known.insert(key.clone(), (asked.clone(), 0));
                    let Some(entry) = known.get_mut(&key) else { continue };
                    entry
                }
                (Some(entry), None) => entry,
                (None, None) => continue,
            };
            entry.1 += 1;
            lines.push_str(&entry.0.answer(login, method, uri, entry.1));
        }
        lines
    }
}

/// A header line may hold several challenges; a new one starts where a scheme name stands.
fn parse_header(value: &str, proxy: bool) -> Vec<Challenge> {
    let mut texts: Vec<String> = Vec::new();
    for part in split_list(value) {
        let first = part.split('=').next().unwrap_or_default().trim();
        if first.contains(' ') || !part.contains('=') {
            texts.push(part.to_owned());
        } else if let Some(text) = texts.last_mut() {
            text.push(',');
            text.push_str(part);
        }
    }
    texts.iter().filter_map(|text| Challenge::parse(text, proxy)).collect()
}

fn unquote(value: &str) -> String {
    let value = value.trim();
    match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => value.to_owned(),
    }
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

    /// RFC 7616 §3.9.1, with its method and URI; the client nonce is ours, so the expected value is
    /// computed by the formula of §3.4.1 from the published hashes of A1 and A2.
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
            let challenge = Challenge::of(&challenge).unwrap();
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
        assert_eq!(Challenge::of(&several).unwrap().nonce, "4");
        assert_eq!(Challenge::of(&response(401, "")), None);
    }

    #[test]
    fn a_known_nonce_is_used_again_with_a_rising_count() {
        let nonces = Nonces::default();
        let count = |asked: Option<&Challenge>| {
            let line = nonces.authorize(&login(), &[asked.cloned(), None], "INVITE", "sip:a");
            (!line.is_empty()).then(|| field(&line, "nc"))
        };
        let asked = |nonce: &str| {
            let line =
                format!("WWW-Authenticate: Digest realm=\"r\",nonce=\"{nonce}\",qop=\"auth\"\r\n");
            Challenge::of(&response(401, &line)).unwrap()
        };
        assert_eq!(count(None), None);
        assert_eq!(count(Some(&asked("1"))).unwrap(), "00000001");
        assert_eq!(count(Some(&asked("1"))).unwrap(), "00000002");
        for uses in 3..=300u32 {
            assert_eq!(count(None).unwrap(), format!("{uses:08x}"));
        }
        assert_eq!(count(Some(&asked("2"))).unwrap(), "00000001");
    }
}
