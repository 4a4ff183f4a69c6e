//! A rustls connection as an exporter of authenticator keys.

use authenticator::{ApiMisuse, ExportError, Exporter, Label, Secret, SuiteHash};
use event::{Bytes, Kind, Observer};
use rustls::Connection;

/// Exports from a finished TLS 1.3 handshake and tells the observer.
///
/// rustls refuses to export before the handshake is complete, which on a
/// server includes the client's Finished; and its exporter is always the final
/// one, never the early one.
pub(crate) struct ConnectionExporter<'a, O> {
    connection: &'a mut Connection,
    hash: SuiteHash,
    observer: &'a mut O,
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
        Ok(Self {
            connection,
            hash: SuiteHash::new(suite)?,
            observer,
        })
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
        let output = self
            .connection
            .export_keying_material(vec![0; length], label.as_str().as_bytes(), Some(context))
            .map_err(|error| ExportError {
                label: label.as_str(),
                reason: error.to_string(),
            })?;
        self.observer.observe(Kind::Export {
            label: label.as_str().to_owned(),
            context: Some(Bytes::clear(context)),
            octets: Bytes::session_secret(output.as_slice()),
        });
        Ok(Secret::new(output))
    }
}
