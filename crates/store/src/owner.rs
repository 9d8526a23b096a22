//! The owner of files in a data directory: the directory's owner, also when root creates the files.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{MetadataExt as _, fchown},
    path::Path,
};

const ROOT: u32 = 0;

/// Gives a file or directory that root has just created to the owner of its parent directory. Works
/// on the open file, so that nobody can substitute another file.
pub fn adopt(made: &File, path: &Path) -> io::Result<()> {
    let (made_as, dir) = (made.metadata()?, fs::metadata(dir_of(path))?);
    if made_as.uid() != ROOT || dir.uid() == ROOT {
        return Ok(());
    }
    fchown(made, Some(dir.uid()), Some(dir.gid()))
}

/// Creates a directory inside a data directory, if it does not exist.
pub fn make_dir(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => adopt(&File::open(path)?, path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// The name of the directory's owner, if this process is root and the owner is another user.
pub fn foreign(dir: &Path) -> Option<String> {
    let owner = fs::metadata(dir).ok()?.uid();
    (own_uid() == ROOT && owner != ROOT).then(|| name_of(owner))
}

/// Advice for a file that cannot be opened: who owns it, and as which user this process runs. None
/// when ownership is not the cause.
pub(crate) fn remedy(path: &Path, error: &io::Error) -> Option<String> {
    let own = own_uid();
    let file =
        fs::symlink_metadata(path).ok().map(|file| file.uid()).filter(|file| *file != own)?;
    if own == ROOT || error.kind() != io::ErrorKind::PermissionDenied {
        return None;
    }
    let (dir, own_name, file) = (dir_of(path), name_of(own), name_of(file));
    let give = format!("chown -R {own_name}: {}", dir.display());
    let directory = fs::metadata(dir).is_ok_and(|dir| dir.uid() == own);
    Some(match directory {
        true => format!(
            "it belongs to {file}, and the directory to {own_name}, as whom this runs; as root: \
             {give}"
        ),
        false => format!(
            "it belongs to {file}, and this runs as {own_name}; run it as {file} (sudo -u {file}), \
             or give it away, as root: {give}"
        ),
    })
}

fn dir_of(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The user that this process runs as.
fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The name of a user, or the user's number when there is no name.
fn name_of(uid: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let number = uid.to_string();
    let known = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    known.unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_told_by_name() {
        assert_eq!(name_of(0), "root");
        assert_eq!(name_of(4_000_000_000), "4000000000");
    }
}
