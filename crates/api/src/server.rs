//! HTTP being answered.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{app::App, router::router};

/// How long open requests may take once it is to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// A running server. Dropped, it goes on answering until the process ends.
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Starts to answer.
    pub fn start(listener: TcpListener, app: App) -> io::Result<Server> {
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(listener, router(app)).with_graceful_shutdown(async {
            // An error means that the server was dropped: there is nobody to stop it.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        });
        Ok(Server { address, stop, serving: tokio::spawn(serving.into_future()) })
    }

    /// Where it answers, with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests; returns when the open ones are answered, or after five seconds.
    pub async fn stop(self) -> io::Result<()> {
        let _ = self.stop.send(());
        match tokio::time::timeout(LAST_REQUESTS, self.serving).await {
            Ok(Ok(served)) => served,
            Ok(Err(panicked)) => Err(io::Error::other(panicked)),
            Err(_) => Ok(()),
        }
    }
}
