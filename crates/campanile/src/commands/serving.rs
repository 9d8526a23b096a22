//! The options that `serve` and `doctor` share.

use std::{net::SocketAddr, path::PathBuf};

use crate::{
    config::{Document, Settings},
    failure::Usage,
    node::NodeConfig,
};

/// How a server is set up.
#[derive(clap::Args)]
pub struct ServingArgs {
    /// Where everything is kept; serve makes it when it does not exist
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where HTTP is answered [default: 127.0.0.1:8080, or listen of --config]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Encrypt with this certificate: a PEM file, its chain after it
    #[arg(long, value_name = "FILE.pem", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate: a PEM file
    #[arg(long, value_name = "FILE.pem", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy stands in front that encrypts; its X-Forwarded-For and X-Forwarded-Proto are
    /// believed
    #[arg(long)]
    behind_proxy: bool,
    /// Let webhooks go to plain http and private addresses: to try them on one machine
    #[arg(long)]
    webhooks_allow_private: bool,
    /// Let agents' servers be reached over plain ws and http and at private addresses: to try a
    /// bot on one machine
    #[arg(long)]
    agents_allow_private: bool,
    /// What an operator may set (docs/operating.md): sip_listen, max_upload_bytes, record_calls, …;
    /// an option goes before its key in the file
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
}

/// The configuration of a server, from options and the configuration file.
pub struct Serving {
    /// The data directory.
    pub data: PathBuf,
    /// The settings.
    pub settings: Settings,
    /// The TLS certificate for HTTP and its private key.
    pub tls: Option<(PathBuf, PathBuf)>,
}

impl ServingArgs {
    /// Reads the configuration file. Options override its settings.
    pub fn read(self) -> anyhow::Result<Serving> {
        let mut settings = match &self.config {
            Some(path) => Document::open(path)?.read(Settings::read)?,
            None => Settings::default(),
        };
        settings.listen = self.listen.unwrap_or(settings.listen);
        settings.behind_proxy |= self.behind_proxy;
        settings.webhooks_allow_private |= self.webhooks_allow_private;
        settings.agents_allow_private |= self.agents_allow_private;
        if self.tls_cert.is_some() {
            settings.tls_cert = self.tls_cert;
            settings.tls_key = self.tls_key;
        }
        let tls = match (&settings.tls_cert, &settings.tls_key) {
            (Some(chain), Some(key)) => Some((chain.clone(), key.clone())),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                let words = "tls_cert and tls_key belong together: name both files or neither";
                return Err(Usage(words.to_owned()).into());
            }
        };
        Ok(Serving { data: self.data, settings, tls })
    }
}

impl Serving {
    /// The configuration of the node.
    pub fn node(&self) -> NodeConfig {
        NodeConfig {
            data: self.data.clone(),
            sip_listen: self.settings.sip_listen,
            sip_advertise_ip: self.settings.sip_advertise_ip,
            rtp_ports: self.settings.rtp_ports.0.clone(),
            sounds: (self.data.join("sounds"), false),
            agents_allow_private: self.settings.agents_allow_private,
            keeping: self.settings.keeping(),
        }
    }
}
