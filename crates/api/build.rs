//! Embeds the dashboard from `web/dist`, where `npm run build` puts it. Without it, the program has
//! a page that explains how to build it.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    let dist = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../web/dist");
    // Cargo treats a missing path, or a path newer than this run, as changed, and would rebuild
    // everything each time. Therefore create the folder with an old timestamp.
    if !dist.exists() && fs::create_dir_all(&dist).is_ok() {
        let _ = fs::File::open(&dist).and_then(|dir| dir.set_modified(SystemTime::UNIX_EPOCH));
    }
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut table = String::from("pub static FILES: &[File] = &[\n");
    let mut found = Vec::new();
    list(&dist, &dist, &mut found)?;
    found.sort();
    for (number, name) in found.iter().enumerate() {
        // Copied, because a build of the dashboard may delete the files during this compilation.
        let bytes = fs::read(dist.join(name))?;
        fs::write(out.join(number.to_string()), &bytes)?;
        let gzip = packed(name, &bytes)?;
        if let Some(gzip) = &gzip {
            fs::write(out.join(format!("{number}.gz")), gzip)?;
        }
        let gzip =
            gzip.map_or("None".to_owned(), |_| format!("Some(include_bytes!(\"{number}.gz\"))"));
        let tag: String = Sha256::digest(&bytes)[..8].iter().map(|b| format!("{b:02x}")).collect();
        writeln!(
            table,
            "File {{ path: {name:?}, kind: {:?}, plain: include_bytes!(\"{number}\"), gzip: {gzip}, \
             tag: {tag:?} }},",
            kind(name)
        )?;
    }
    table += "];\n";
    fs::write(out.join("dashboard.rs"), table)?;
    Ok(())
}

/// The files below `dir`, with paths relative to `root`.
fn list(root: &Path, dir: &Path, found: &mut Vec<String>) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(dir) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            // Metadata of the build tools.
            continue;
        } else if path.is_dir() {
            list(root, &path, found)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            found.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

/// The media type of a file.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

/// The gzip form of the file, if it is smaller.
fn packed(name: &str, bytes: &[u8]) -> io::Result<Option<Vec<u8>>> {
    if ["image/png", "font/woff2"].contains(&kind(name)) {
        return Ok(None);
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    let gzip = gzip.finish()?;
    Ok((gzip.len() < bytes.len()).then_some(gzip))
}
