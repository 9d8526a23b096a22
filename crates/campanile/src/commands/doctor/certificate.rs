//! Checks the TLS certificate: that it is readable, matches its key, and is valid long enough.

use std::{fs, path::Path};

use campanile_api::Tls;
use x509_parser::pem::parse_x509_pem;

use super::{Patient, finding::Finding, today};

const CHECK: &str = "certificate";

const DAY_S: i64 = 86_400;

/// A certificate that expires within this many days gets a warning.
const SOON_DAYS: i64 = 14;

/// Checks the certificate.
pub fn look(patient: &Patient) -> Finding {
    let Some((chain, key)) = &patient.serving.tls else { return without(patient) };
    if let Err(error) = Tls::read(chain, key) {
        let remedy = "write the certificate, its chain and the key as PEM, readable by the \
                      server's user; the key must be the certificate's";
        return Finding::problem(CHECK, error.to_string(), remedy);
    }
    let (begins_at, ends_at) = match validity(chain) {
        Ok(validity) => validity,
        Err(error) => {
            let what = format!("{} cannot be understood: {error}", chain.display());
            return Finding::problem(CHECK, what, "get another certificate");
        }
    };
    let left = ends_at - today();
    let days = left.div_euclid(DAY_S);
    if begins_at > today() {
        let what = "it is not valid yet";
        return Finding::problem(CHECK, what, "check the clock of this machine");
    }
    match days {
        ..0 => Finding::problem(
            CHECK,
            format!("it ended {} days ago", -days),
            "renew it; browsers and programs refuse it",
        ),
        0..SOON_DAYS => Finding::warning(
            CHECK,
            format!("it ends in {days} days"),
            "renew it: what renews it by itself seems to fail",
        ),
        _ => Finding::ok(CHECK, format!("it fits its key and ends in {days} days")),
    }
}

/// The finding for a server without a certificate.
fn without(patient: &Patient) -> Finding {
    if patient.serving.settings.behind_proxy {
        return Finding::ok(CHECK, "none: a proxy in front encrypts");
    }
    if patient.serving.settings.listen.ip().is_loopback() {
        return Finding::ok(CHECK, "none: HTTP is for this machine only");
    }
    Finding::warning(
        CHECK,
        format!(
            "none, and other machines reach {}: whoever is on the way reads keys",
            patient.serving.settings.listen
        ),
        "give --tls-cert and --tls-key, or put a proxy in front (docs/security.md)",
    )
}

/// The validity of the first certificate in a file, in seconds since the epoch.
fn validity(chain: &Path) -> Result<(i64, i64), String> {
    let bytes = fs::read(chain).map_err(|error| error.to_string())?;
    let (_, pem) = parse_x509_pem(&bytes).map_err(|error| error.to_string())?;
    let certificate = pem.parse_x509().map_err(|error| error.to_string())?;
    let validity = certificate.validity();
    Ok((validity.not_before.timestamp(), validity.not_after.timestamp()))
}
