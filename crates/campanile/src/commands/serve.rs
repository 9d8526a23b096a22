//! `campanile serve`: the server.

use std::{net::SocketAddr, process::ExitCode, sync::Arc};

use anyhow::Context as _;
use campanile_api::{App, Guards, Limits, Server, Tls};
use campanile_service::Service;
use campanile_store::{Store, owner};
use campanile_webhooks::{Courier, CourierConfig};
use tokio::net::TcpListener;

use super::serving::ServingArgs;
use crate::{
    certificate,
    config::Settings,
    data,
    first_link::{Offer, base},
    housekeeping::forget_events,
    node::{self, NodeConfig},
    out::{note, say},
    runtime,
    shutdown::wind_down,
    signals::{Hangups, Signals},
};

/// Run the server: batches go on where they were, and /v1 is answered
///
/// Ctrl-C or SIGTERM once stops dialing and lets calls finish, twice hangs up. A renewed certificate is
/// taken within half a minute, or at SIGHUP.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    serving: ServingArgs,
    /// Do not look at the database when the last run came to no end; campanile db check looks at
    /// all of it
    #[arg(long)]
    skip_check: bool,
}

impl Args {
    /// Runs the command until Ctrl-C or SIGTERM.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let serving = self.serving.read()?;
        let (node, settings) = (serving.node(), &serving.settings);
        let tls = serving.tls.as_ref().map(|(chain, key)| Tls::read(chain, key)).transpose()?;
        runtime::full()?.block_on(async {
            let store = match self.skip_check {
                true => data::open_unseen(&node.data)?,
                false => data::open_to_dial(&node.data)?,
            };
            store.ensure_workspace("default", store.now()).await?;
            let listener = listen(settings.listen).await?;
            let speech = node.speech_of(store.clone());
            let engine = node::start(&node, &store, speech.clone()).await?;
            let mut signals = Signals::listen()?;
            let scheme = if tls.is_some() { "https" } else { "http" };
            if tls.is_none() && !settings.behind_proxy && !settings.listen.ip().is_loopback() {
                warn_of_open_door(settings.listen);
            }
            let service = Service { store: store.clone(), engine: engine.clone(), speech };
            let app = app((store.clone(), service, &node), settings)?;
            let first = app.first.clone();
            let server = campanile_api::serve(listener, app, tls.clone())?;
            tokio::spawn(certificate::keep_fresh(tls, Hangups::listen()?));
            say!("Campanile is ready on {scheme}://{}", server.address())?;
            let offer = Offer {
                store: store.clone(),
                link: first,
                data: node.data.clone(),
                base: settings.public_url.clone().unwrap_or(base(scheme, server.address())),
            };
            tokio::spawn(offer.until_there_is_a_key());
            tokio::spawn(forget_events(store.clone(), settings.events()));
            let courier = Courier::start(CourierConfig {
                store: store.clone(),
                allow_private: settings.webhooks_allow_private,
            });
            signals.next().await;
            wind_down(&engine, &mut signals, |words| note!("{words}")).await;
            server.stop().await?;
            courier.stop().await;
            store.settle_down().await?;
            anyhow::Ok(())
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Warns that others on the network can read API keys and phone numbers.
fn warn_of_open_door(listen: SocketAddr) {
    note!(
        "
  ############################################################################
  #  NOT ENCRYPTED: {listen} can be reached from other machines.
  #  Whoever is on the way reads API keys, telephone numbers and transcripts.
  #  Use --tls-cert and --tls-key, or a proxy that encrypts and --behind-proxy,
  #  or listen on 127.0.0.1. See docs/security.md.
  ############################################################################
"
    );
    tracing::warn!(%listen, "HTTP is not encrypted and can be reached from other machines");
}

/// Binds the HTTP port.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot answer HTTP on {address}; choose another address with --listen")
    })
}

/// Starts the HTTP server without TLS.
pub fn start(
    listener: TcpListener,
    of: (Arc<dyn Store>, Service, &NodeConfig),
    settings: &Settings,
) -> anyhow::Result<Server> {
    Ok(campanile_api::serve(listener, app(of, settings)?, None)?)
}

/// Builds the state of the HTTP server.
fn app(
    (store, service, node): (Arc<dyn Store>, Service, &NodeConfig),
    settings: &Settings,
) -> anyhow::Result<App> {
    let upload_dir = node.data.join("uploads");
    owner::make_dir(&upload_dir)
        .with_context(|| format!("cannot make {}", upload_dir.display()))?;
    let limits = Limits {
        max_upload_bytes: settings.max_upload_bytes,
        max_rows: settings.max_rows,
        upload_dir,
    };
    let Service { engine, speech, .. } = service;
    Ok(App {
        store,
        engine,
        speech,
        limits: Arc::new(limits),
        webhooks_allow_private: settings.webhooks_allow_private,
        public_url: settings.public_url.clone(),
        streams: Arc::default(),
        forecasts: Arc::default(),
        series: Arc::default(),
        first: Arc::default(),
        guards: Arc::new(Guards::new(settings.guards())),
    })
}
