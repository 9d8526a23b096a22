//! The server's URL and API key, from options or environment variables.

use ureq::http::Uri;

use super::Client;
use crate::failure::Usage;

/// Where the server is and who asks.
#[derive(clap::Args)]
#[command(next_help_heading = "Which server")]
pub struct Server {
    /// Address of the server, for example http://127.0.0.1:8080
    #[arg(long, env = "CAMPANILE_URL", value_name = "URL", global = true)]
    url: Option<String>,
    /// A key of the workspace, as `campanile key create` printed it
    #[arg(
        long,
        env = "CAMPANILE_API_KEY",
        value_name = "KEY",
        hide_env_values = true,
        global = true
    )]
    api_key: Option<String>,
}

impl Server {
    /// Creates a client. URL and API key must be given as options or in the environment.
    pub fn client(&self) -> Result<Client, Usage> {
        let url = self.url.as_deref().map(str::trim).filter(|url| !url.is_empty());
        let url = url.ok_or_else(|| {
            Usage(
                "no server to ask; set CAMPANILE_URL or give --url, for example \
                 http://127.0.0.1:8080"
                    .to_owned(),
            )
        })?;
        check_url(url)?;
        let key = self.api_key.as_deref().map(str::trim).filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| {
            Usage(
                "no key to ask with; set CAMPANILE_API_KEY or give --api-key (campanile key \
                 create makes one)"
                    .to_owned(),
            )
        })?;
        check_key(key)?;
        Ok(Client::new(url, key))
    }
}

fn check_url(url: &str) -> Result<(), Usage> {
    let parsed = url.parse::<Uri>().ok();
    let scheme = parsed.as_ref().and_then(Uri::scheme_str);
    if matches!(scheme, Some("http" | "https"))
        && parsed.as_ref().is_some_and(|uri| uri.host().is_some())
    {
        return Ok(());
    }
    let instead = match url.contains("://") {
        true => "write one such as http://127.0.0.1:8080".to_owned(),
        false => format!("write http://{url} or https://{url}"),
    };
    Err(Usage(format!(
        "{url:?} is not the address of a server; {instead} (CAMPANILE_URL or --url)"
    )))
}

fn check_key(key: &str) -> Result<(), Usage> {
    if key.contains(':') && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    // The key is not repeated, because it may be part of a real secret.
    Err(Usage(
        "that is no key; one looks like key_…:… with a colon inside, as campanile key create \
         printed it (CAMPANILE_API_KEY or --api-key)"
            .to_owned(),
    ))
}
