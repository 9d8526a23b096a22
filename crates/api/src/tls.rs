//! TLS: a certificate and its key, and connections that are encrypted with them. A renewed certificate
//! is taken while the server runs.

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

/// The versions of HTTP that a client may choose from, the preferred one first.
const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// Why connections cannot be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds nothing of the kind.
    #[error("cannot take a {what} from {path}: {error}; it must be a PEM file")]
    Pem {
        /// What it should hold.
        what: &'static str,
        /// The file.
        path: String,
        /// What is wrong with it.
        error: pem::Error,
    },
    /// Certificate and key do not fit each other, or are not usable.
    #[error("the certificate and its key cannot be used: {0}")]
    Unfit(#[from] rustls::Error),
}

/// A certificate, ready for connections; clones share it. TLS 1.2 and 1.3 with the suites that rustls
/// deems safe.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
    files: Arc<Files>,
}

impl Tls {
    /// Reads a chain of certificates, our own first, and the key of that one.
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

    /// Takes the certificate of the files for connections from now on, if the files have changed since
    /// they were last read. Whether it did; on an error the certificate before it stays.
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

    /// Agrees on encryption with the other side.
    pub(crate) async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.acceptor.accept(stream).await
    }
}

/// Whether the other side of a connection chose HTTP/2.
pub(crate) fn is_http_2<S>(stream: &TlsStream<S>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(HTTP_2)
}

/// The certificate of connections that begin now.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Where the certificate and its key are.
struct Files {
    chain: PathBuf,
    key: PathBuf,
    /// What they held when they were last read.
    seen: Mutex<Option<Content>>,
}

/// The bytes of both files; none of a file that cannot be read.
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
