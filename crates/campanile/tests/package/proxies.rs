//! The example configurations of proxies are valid for the real proxies.

use std::fs;

use super::{machine::Machine, support::project};

#[test]
fn nginx_and_caddy_take_the_examples() {
    let Some(machine) = Machine::new() else { return };
    machine.install(&["nginx-light", "caddy"]);
    let copy = |from: &str, to: &str| {
        let to = machine.path(to);
        fs::create_dir_all(to.parent().expect("a folder")).expect("the folder");
        fs::copy(project().join(from), to).unwrap_or_else(|error| panic!("{from}: {error}"));
    };
    copy("examples/nginx.conf", "etc/nginx/conf.d/campanile.conf");
    copy("examples/Caddyfile", "etc/caddy/Caddyfile");
    let certificates = "etc/letsencrypt/live/calls.example.com";
    copy("crates/api/tests/it/tls/cert.pem", &format!("{certificates}/fullchain.pem"));
    copy("crates/api/tests/it/tls/key.pem", &format!("{certificates}/privkey.pem"));
    machine.run(&["nginx", "-t"]);
    machine.run(&["caddy", "validate", "--config", "/etc/caddy/Caddyfile"]);
}
