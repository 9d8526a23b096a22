//! TLS: the certificate and its key, and the handshake. A renewed certificate is loaded without a
//! restart.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use tokio::{io::AsyncRead, io::AsyncWrite};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{
            CertificateDer, PrivateKeyDer,
            pem::{self, PemObject as _},
        },
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
    server::TlsStream,
};

/// The HTTP versions offered by ALPN, the preferred one first.
const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// Why TLS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or does not contain the expected PEM item.
    #[error("cannot take a {what} from {path}: {error}; it must be a PEM file")]
    Pem {
        /// The expected item.
        what: &'static str,
        /// The file.
        path: String,
        /// The cause.
        error: pem::Error,
    },
    /// The certificate does not match the key, or one of them is unusable.
    #[error("the certificate and its key cannot be used: {0}")]
    Unfit(#[from] rustls::Error),
}

/// A loaded certificate; clones share it. Allows TLS 1.2 and 1.3 with the default suites of rustls.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
    files: Arc<Files>,
}

impl Tls {
    /// Reads a certificate chain, the server's own certificate first, and the key of that
    /// certificate.
    pub fn read(chain: &Path, key: &Path) -> Result<Tls, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let files = Files { chain: chain.to_owned(), key: key.to_owned(), seen: Mutex::default() };
        files.seen().replace(files.content());
        let current = Arc::new(Current(RwLock::new(files.certificate()?)));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(current.clone());
        config.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1.to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Tls { acceptor, current, files: Arc::new(files) })
    }

    /// Reloads the certificate if its files have changed since they were last read, and returns
    /// whether they had. Only new connections use it. On an error the previous certificate stays in
    /// use.
    pub fn renew(&self) -> Result<bool, TlsError> {
        let content = self.files.content();
        let mut seen = self.files.seen();
        if seen.as_ref() == Some(&content) {
            return Ok(false);
        }
        *seen = Some(content);
        let renewed = self.files.certificate()?;
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(true)
    }

    /// Performs the TLS handshake.
    pub(crate) async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.acceptor.accept(stream).await
    }
}

/// Whether the client chose HTTP/2.
pub(crate) fn is_http_2<S>(stream: &TlsStream<S>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(HTTP_2)
}

/// The certificate for new connections.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// The paths of the certificate and its key.
struct Files {
    chain: PathBuf,
    key: PathBuf,
    /// The content of the files when they were last read.
    seen: Mutex<Option<Content>>,
}

/// The bytes of both files; `None` for a file that cannot be read.
type Content = [Option<Vec<u8>>; 2];

impl Files {
    fn content(&self) -> Content {
        [&self.chain, &self.key].map(|path| std::fs::read(path).ok())
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Option<Content>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn certificate(&self) -> Result<Arc<CertifiedKey>, TlsError> {
        let unreadable = |what, path: &Path| {
            let path = path.display().to_string();
            move |error| TlsError::Pem { what, path, error }
        };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.chain)
            .and_then(Iterator::collect)
            .map_err(unreadable("certificate", &self.chain))?;
        if chain.is_empty() {
            return Err(unreadable("certificate", &self.chain)(pem::Error::NoItemsFound));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(unreadable("private key", &self.key))?;
        Ok(Arc::new(CertifiedKey::from_der(chain, key, &ring::default_provider())?))
    }
}
