//! What people install: the Debian package, the container, and what stands in front of the server.
//!
//! Each test works in a fresh minimal Debian of its own and needs root; without it, it says so and
//! passes.

mod container;
mod deb;
mod machine;
mod proxies;
mod support;
