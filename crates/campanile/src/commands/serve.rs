//! `campanile serve`: the server.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context as _;
use campanile_api::{App, Limits, Server, now};
use campanile_engine::Engine;
use campanile_store::SqliteStore;
use campanile_webhooks::{Courier, CourierConfig};
use tokio::net::TcpListener;

use crate::{
    config::{Document, Settings},
    node::{self, NodeConfig},
    runtime,
    shutdown::wind_down,
    signals::Signals,
};

/// Run the server: batches go on where they were, and /v1 is answered
///
/// Ctrl-C or SIGTERM once stops dialing and lets calls finish, twice hangs up.
#[derive(clap::Args)]
pub struct Args {
    /// Where everything is kept; made when it does not exist
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where to answer HTTP
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// What an operator may set: sip_listen, max_upload_bytes, max_rows, webhooks_allow_private
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
}

impl Args {
    /// Does it, until Ctrl-C or SIGTERM.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let settings = match &self.config {
            Some(path) => Document::open(path)?.read(Settings::read)?,
            None => Settings::default(),
        };
        runtime::full()?.block_on(async {
            let store = SqliteStore::open_exclusive(&self.data)?;
            store.ensure_workspace("default", now()).await?;
            let node = NodeConfig {
                data: self.data.clone(),
                sip_listen: settings.sip_listen,
                sip_advertise_ip: settings.sip_advertise_ip,
                sounds: (self.data.join("sounds"), false),
            };
            let listener = listen(self.listen).await?;
            let engine = node::start(&node, &store).await?;
            let mut signals = Signals::listen()?;
            let server =
                Server::start(listener, app((store.clone(), engine.clone()), &node, &settings)?)?;
            println!("Campanile is ready on http://{}", server.address());
            let courier = Courier::start(CourierConfig {
                store: store.clone(),
                allow_private: settings.webhooks_allow_private,
            });
            signals.next().await;
            wind_down(&engine, &mut signals, |words| eprintln!("{words}")).await;
            server.stop().await?;
            courier.stop().await;
            anyhow::Ok(())
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Takes the port for HTTP.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot answer HTTP on {address}; choose another address with --listen")
    })
}

/// What HTTP is answered with.
pub fn app(
    (store, engine): (SqliteStore, Engine),
    node: &NodeConfig,
    settings: &Settings,
) -> anyhow::Result<App> {
    let upload_dir = node.data.join("uploads");
    std::fs::create_dir_all(&upload_dir)
        .with_context(|| format!("cannot make {}", upload_dir.display()))?;
    let limits = Limits {
        max_upload_bytes: settings.max_upload_bytes,
        max_rows: settings.max_rows,
        upload_dir,
    };
    Ok(App {
        store,
        engine,
        limits: Arc::new(limits),
        webhooks_allow_private: settings.webhooks_allow_private,
    })
}
