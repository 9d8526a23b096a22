//! Whose the files of a data directory are: the directory's owner's, also when root makes them.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{MetadataExt as _, fchown},
    path::Path,
};

const ROOT: u32 = 0;

/// Gives a file or a directory that this process has just made to the owner of the directory that
/// it is in, when root made it. It goes by the open file, so that nobody can have another put in
/// its place.
pub fn adopt(made: &File, path: &Path) -> io::Result<()> {
    let (made_as, dir) = (made.metadata()?, fs::metadata(dir_of(path))?);
    if made_as.uid() != ROOT || dir.uid() == ROOT {
        return Ok(());
    }
    fchown(made, Some(dir.uid()), Some(dir.gid()))
}

/// Makes a directory inside a data directory, unless it is there.
pub fn make_dir(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => adopt(&File::open(path)?, path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whom the directory belongs to, by name, when this is root and it is another's.
pub fn foreign(dir: &Path) -> Option<String> {
    let owner = fs::metadata(dir).ok()?.uid();
    (own_uid() == ROOT && owner != ROOT).then(|| name_of(owner))
}

/// What to do about a file that may not be opened: whose it is, and as whom this runs. Nothing when
/// that is not why.
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

/// As whom this process runs.
fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The name of a user, or the number when it has none.
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
