//! The installed forms of Campanile: the Debian package, the container, and the proxies in front of
//! the server.
//!
//! Each test uses its own fresh minimal Debian and needs root. Without root a test prints a note
//! and passes.

mod container;
mod deb;
mod machine;
mod proxies;
mod support;
