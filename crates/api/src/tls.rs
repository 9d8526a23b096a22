//! TLS: a certificate and its key, and connections that are encrypted with them.

use std::{io, path::Path, sync::Arc};

use tokio::{io::AsyncRead, io::AsyncWrite};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject as _},
    },
    server::TlsStream,
};

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

/// A certificate, ready for connections. TLS 1.2 and 1.3 with the suites that rustls deems safe.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl Tls {
    /// Reads a chain of certificates, our own first, and the key of that one.
    pub fn read(chain: &Path, key: &Path) -> Result<Tls, TlsError> {
        let unreadable = |what, path: &Path| {
            let path = path.display().to_string();
            move |error| TlsError::Pem { what, path, error }
        };
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(chain)
            .and_then(Iterator::collect)
            .map_err(unreadable("certificate", chain))?;
        let private = PrivateKeyDer::from_pem_file(key).map_err(unreadable("private key", key))?;
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(certificates, private)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls(TlsAcceptor::from(Arc::new(config))))
    }

    /// Agrees on encryption with the other side.
    pub(crate) async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.0.accept(stream).await
    }
}
