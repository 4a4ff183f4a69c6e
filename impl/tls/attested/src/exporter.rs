//! A TLS connection as an exporter of authenticator keys.

use authenticator::{ApiMisuse, ExportError, Exporter, Label, Secret, SuiteHash};
use event::{Bytes, Kind, Observer};
use rustls::Connection;

use crate::post::KeyingMaterial;

/// Exports from a finished TLS 1.3 handshake and tells the observer.
///
/// rustls refuses to export before the handshake is complete, which on a
/// server includes the client's Finished; and its exporter is always the final
/// one, never the early one.
pub(crate) struct ConnectionExporter<'a, O> {
    source: Source<'a>,
    hash: SuiteHash,
    observer: &'a mut O,
}

/// Whose exporter it is.
pub(crate) enum Source<'a> {
    /// Of a handshake driven elsewhere.
    Elsewhere(&'a dyn KeyingMaterial),
    Rustls(&'a mut Connection),
}

impl Source<'_> {
    fn export(&mut self, output: &mut [u8], label: &[u8], context: &[u8]) -> Result<(), String> {
        match self {
            Self::Elsewhere(keying) => keying.export(output, label, context),
            Self::Rustls(connection) => connection
                .export_keying_material(output, label, Some(context))
                .map(|_| ())
                .map_err(|error| error.to_string()),
        }
    }
}

impl<'a, O: Observer> ConnectionExporter<'a, O> {
    /// # Errors
    /// [`ApiMisuse::UnsupportedHash`] if no TLS 1.3 suite was negotiated, or
    /// one whose hash authenticators do not use.
    pub(crate) fn new(
        connection: &'a mut Connection,
        observer: &'a mut O,
    ) -> Result<Self, ApiMisuse> {
        let suite = connection
            .negotiated_cipher_suite()
            .and_then(|suite| suite.tls13())
            .ok_or(ApiMisuse::UnsupportedHash)?;
        let hash = SuiteHash::new(suite)?;
        Ok(Self::over(Source::Rustls(connection), hash, observer))
    }

    /// `hash` is that of the negotiated suite.
    pub(crate) fn over(source: Source<'a>, hash: SuiteHash, observer: &'a mut O) -> Self {
        Self {
            source,
            hash,
            observer,
        }
    }
}

impl<O: Observer> Exporter for ConnectionExporter<'_, O> {
    fn hash(&self) -> SuiteHash {
        self.hash
    }

    fn export(
        &mut self,
        label: Label,
        context: &[u8],
        length: usize,
    ) -> Result<Secret, ExportError> {
        let mut output = vec![0; length];
        self.source
            .export(&mut output, label.as_str().as_bytes(), context)
            .map_err(|reason| ExportError {
                label: label.as_str(),
                reason,
            })?;
        let secret = Secret::new(output);
        if !self.observer.is_silent() {
            self.observer.observe(Kind::Export {
                label: label.as_str().to_owned(),
                context: Some(Bytes::clear(context)),
                octets: Bytes::session_secret(secret.as_ref()),
            });
        }
        Ok(secret)
    }
}
