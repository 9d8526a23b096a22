//! Secrets at rest. They are sealed with a key that lies beside the database, so that a copy of the
//! database alone reveals none.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
    rand::{SecureRandom as _, SystemRandom},
};

use crate::{StoreError, owner};

/// The key file in the data directory: 64 hexadecimal digits.
pub const KEY_FILE: &str = "secret.key";

const KEY_BYTES: usize = 32;

/// The label from which the key for marks is derived, so that it differs from the sealing key.
const MARKS: &[u8] = b"campanile: marks of what was erased";

/// The first byte of a sealed secret, so that a later format can be told apart.
const FORM: u8 = 1;

/// Seals and opens secrets: ChaCha20-Poly1305 (RFC 8439) with a random nonce. A sealed secret is
/// bound to its owner, so that it does not open in another owner's place.
///
/// A random nonce of 96 bits is good for four thousand million secrets per key.
pub struct Vault {
    key: LessSafeKey,
    marks: hmac::Key,
}

impl Vault {
    /// The vault of a data directory. Creates its key if there is none. When secrets were sealed
    /// before (`in_use`), a missing key is an error, and so is a key file that others may read.
    pub(crate) fn of(dir: &Path, in_use: bool) -> Result<Vault, StoreError> {
        let path = dir.join(KEY_FILE);
        if !in_use && !path.exists() {
            make_key(dir, &path)?;
        }
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::Conflict(format!(
                    "{} is missing, and the database holds passwords that were sealed with it; \
                     put it back from a backup (docs/security.md says what to do without one)",
                    path.display()
                )));
            }
            Err(error) => return Err(unusable(&path, "read", &error)),
        };
        refuse_open_key(&path)?;
        Vault::from_text(&text).map_err(|error| {
            let words = "put it back from a backup";
            StoreError::Conflict(format!("{} {error}; {words}", path.display()))
        })
    }

    /// The vault for a key in the form of the key file.
    pub(crate) fn from_text(text: &str) -> Result<Vault, StoreError> {
        let bytes = unhex(text.trim()).ok_or_else(|| {
            StoreError::Conflict("holds no key: it must be 64 hexadecimal digits".to_owned())
        })?;
        Vault::new(&bytes)
    }

    fn new(key: &[u8; KEY_BYTES]) -> Result<Vault, StoreError> {
        let marks = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), MARKS);
        let marks = hmac::Key::new(hmac::HMAC_SHA256, marks.as_ref());
        let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| broken("a key of 32"))?;
        Ok(Vault { key: LessSafeKey::new(key), marks })
    }

    /// A mark by which `text` of `owner` is recognised; without the key nobody can find the text
    /// from it (HMAC-SHA-256). A plain hash of a phone number could be found by trying all numbers.
    pub fn mark(&self, text: &[u8], owner: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.marks);
        context.update(owner.as_bytes());
        context.update(&[0]);
        context.update(text);
        let mut mark = [0; 32];
        mark.copy_from_slice(context.sign().as_ref());
        mark
    }

    /// Seals a secret of `owner`, such as `trunk_3`.
    pub fn seal(&self, secret: &[u8], owner: &str) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| broken("randomness"))?;
        let mut sealed = secret.to_vec();
        let whose = Aad::from(owner.as_bytes());
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), whose, &mut sealed)
            .map_err(|_| broken("sealing"))?;
        Ok([&[FORM][..], &nonce, &sealed].concat())
    }

    /// Opens a secret that was sealed for `owner`.
    pub fn open(&self, sealed: &[u8], owner: &str) -> Result<Vec<u8>, StoreError> {
        let failed = || {
            StoreError::Conflict(format!(
                "the secret of {owner} cannot be opened: {KEY_FILE} is not the key it was sealed \
                 with, or the database was changed; put both back from one backup"
            ))
        };
        let (&form, rest) = sealed.split_first().ok_or_else(failed)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(failed)?;
        if form != FORM {
            return Err(failed());
        }
        let mut secret = rest.to_vec();
        let (nonce, whose) = (Nonce::assume_unique_for_key(*nonce), Aad::from(owner.as_bytes()));
        let opened = self.key.open_in_place(nonce, whose, &mut secret).map_err(|_| failed())?;
        Ok(opened.to_vec())
    }
}

/// Creates the key file. The file is complete before it gets its name, so that no process reads
/// half a key. If two processes create it, the second takes the first one's key.
fn make_key(dir: &Path, path: &Path) -> Result<(), StoreError> {
    let mut key = [0; KEY_BYTES];
    SystemRandom::new().fill(&mut key).map_err(|_| broken("randomness"))?;
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let draft = dir.join(format!("{KEY_FILE}.{}", std::process::id()));
    let written =
        write_private((&draft, path), &text).and_then(|()| match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        });
    let synced = written.and_then(|()| fs::File::open(dir)?.sync_all());
    let _ = fs::remove_file(&draft);
    synced.map_err(|error| unusable(path, "write", &error))
}

fn write_private((draft, path): (&Path, &Path), text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(draft)?;
    owner::adopt(&file, path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn refuse_open_key(path: &PathBuf) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = fs::metadata(path).map_err(|error| unusable(path, "read", &error))?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(StoreError::Conflict(format!(
                "{path} may be read by others on this machine (its mode is {mode:o}); make it \
                 private with: chmod 600 {path}",
                path = path.display()
            )));
        }
    }
    Ok(())
}

fn unusable(path: &Path, verb: &str, error: &io::Error) -> StoreError {
    StoreError::of_file(format_args!("cannot {verb} {}", path.display()), path, error)
}

fn broken(what: &str) -> StoreError {
    StoreError::Database(format!("the system's cryptography failed: {what}"))
}

fn unhex(text: &str) -> Option<[u8; KEY_BYTES]> {
    if text.len() != 2 * KEY_BYTES || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; KEY_BYTES];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_and_nobody_else() {
        let vault = Vault::new(&[7; KEY_BYTES]).unwrap();
        let sealed = vault.seal(b"hidden-word", "trunk_1").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"hidden"));
        assert_eq!(vault.open(&sealed, "trunk_1").unwrap(), b"hidden-word");
        assert!(vault.open(&sealed, "trunk_2").is_err());
        assert!(Vault::new(&[8; KEY_BYTES]).unwrap().open(&sealed, "trunk_1").is_err());
        assert_ne!(sealed, vault.seal(b"hidden-word", "trunk_1").unwrap());
    }

    #[test]
    fn a_mark_is_the_same_for_one_key_one_owner_and_one_text_only() {
        let (vault, other) = (Vault::new(&[7; KEY_BYTES]), Vault::new(&[8; KEY_BYTES]));
        let (vault, other) = (vault.unwrap(), other.unwrap());
        let mark = vault.mark(b"14155550101", "workspace_1");
        assert_eq!(mark, vault.mark(b"14155550101", "workspace_1"));
        assert_ne!(mark, vault.mark(b"14155550102", "workspace_1"));
        assert_ne!(mark, vault.mark(b"14155550101", "workspace_2"));
        assert_ne!(mark, other.mark(b"14155550101", "workspace_1"));
    }

    #[test]
    fn whatever_was_touched_does_not_open() {
        let vault = Vault::new(&[7; KEY_BYTES]).unwrap();
        let sealed = vault.seal(b"hidden-word", "trunk_1").unwrap();
        for at in 0..sealed.len() {
            let mut touched = sealed.clone();
            touched[at] ^= 1;
            assert!(vault.open(&touched, "trunk_1").is_err(), "byte {at}");
            assert!(vault.open(&sealed[..at], "trunk_1").is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_key_is_made_once_and_is_nobody_elses() {
        let dir = tempfile::tempdir().unwrap();
        let sealed = Vault::of(dir.path(), false).unwrap().seal(b"hidden-word", "x").unwrap();
        assert_eq!(
            Vault::of(dir.path(), true).unwrap().open(&sealed, "x").unwrap(),
            b"hidden-word"
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no draft is left");
        let path = dir.path().join(KEY_FILE);
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Vault::of(dir.path(), true).err().unwrap().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn a_lost_key_is_not_replaced_while_secrets_need_it() {
        let dir = tempfile::tempdir().unwrap();
        let refused = Vault::of(dir.path(), true).err().unwrap().to_string();
        assert!(refused.contains("secret.key is missing"), "{refused}");
        fs::write(dir.path().join(KEY_FILE), "nonsense").unwrap();
        use std::os::unix::fs::PermissionsExt as _;
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(dir.path().join(KEY_FILE), private).unwrap();
        let refused = Vault::of(dir.path(), false).err().unwrap().to_string();
        assert!(refused.contains("64 hexadecimal digits"), "{refused}");
    }
}
