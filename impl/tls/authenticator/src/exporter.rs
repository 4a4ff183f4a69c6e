//! What an authenticator takes from the connection (RFC 8446 §7.5).
//!
//! Invariant: [`HandshakeContext`], [`FinishedKey`] and [`BindingValue`] are
//! three types, each made in one place, from an [`Exporter`]. Two byte arrays
//! of the same length cannot change places, and none can come from elsewhere.

use std::fmt;

use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::ApiMisuse;
use crate::session::Role;
use crate::suite::{Digest, SuiteHash};

/// A finished TLS 1.3 handshake, as far as exporting goes.
///
/// Implementations must use the final exporter_master_secret, never the early
/// one, and must fail before the handshake is complete; on a server, that
/// includes the client's Finished (RFC 9261 §5.1, §6).
pub trait Exporter {
    /// Hash of the negotiated suite. Fixes every length.
    fn hash(&self) -> SuiteHash;

    /// `TLS-Exporter(label, context, length)`.
    ///
    /// # Errors
    /// [`ExportError`] if the connection cannot export.
    fn export(
        &mut self,
        label: Label,
        context: &[u8],
        length: usize,
    ) -> Result<Secret, ExportError>;
}

/// An exporter label: 1 to 249 bytes.
///
/// The bound is that of `HkdfLabel.label<7..255>` less the prefix `"tls13 "`;
/// beyond it the length byte of the encoding would wrap.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Label(&'static str);

impl Label {
    /// # Errors
    /// [`ApiMisuse::LabelLength`] outside 1 to 249 bytes.
    pub const fn new(label: &'static str) -> Result<Self, ApiMisuse> {
        match label.len() {
            1..=249 => Ok(Self(label)),
            length => Err(ApiMisuse::LabelLength { length }),
        }
    }

    /// The label of a constant; a wrong length does not compile there.
    ///
    /// # Panics
    /// Outside 1 to 249 bytes.
    pub const fn literal(label: &'static str) -> Self {
        assert!(!label.is_empty() && label.len() <= 249, "label length");
        Self(label)
    }

    /// The label's text.
    pub const fn as_str(&self) -> &'static str {
        self.0
    }
}

/// Exported keying material; wiped when dropped, never printed.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes over exported bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl AsRef<[u8]> for Secret {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

/// The connection could not export.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("exporting {label:?} failed: {reason}; finish the handshake first")]
pub struct ExportError {
    /// The label asked for.
    pub label: &'static str,
    /// What the connection said.
    pub reason: String,
}

/// First input of both transcript hashes; tells the connection and the role.
#[derive(Debug)]
pub struct HandshakeContext(Secret);

impl HandshakeContext {
    /// Exports the value for authenticators sent by `sender` (RFC 9261 §5.1).
    ///
    /// # Errors
    /// [`ExportError`] if the connection cannot export.
    pub fn export(exporter: &mut dyn Exporter, sender: Role) -> Result<Self, ExportError> {
        let label = Label(match sender {
            Role::Client => "EXPORTER-client authenticator handshake context",
            Role::Server => "EXPORTER-server authenticator handshake context",
        });
        export_hash_length(exporter, label).map(Self)
    }
}

impl AsRef<[u8]> for HandshakeContext {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref()
    }
}

/// The key of the Finished MAC, used directly, without a further derivation.
#[derive(Debug)]
pub struct FinishedKey(Secret);

impl FinishedKey {
    /// Exports the key for authenticators sent by `sender` (RFC 9261 §5.1).
    ///
    /// # Errors
    /// [`ExportError`] if the connection cannot export.
    pub fn export(exporter: &mut dyn Exporter, sender: Role) -> Result<Self, ExportError> {
        let label = Label(match sender {
            Role::Client => "EXPORTER-client authenticator finished key",
            Role::Server => "EXPORTER-server authenticator finished key",
        });
        export_hash_length(exporter, label).map(Self)
    }
}

impl AsRef<[u8]> for FinishedKey {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref()
    }
}

/// The exporter context of authenticator keys is empty, and the length is the
/// hash's.
fn export_hash_length(exporter: &mut dyn Exporter, label: Label) -> Result<Secret, ExportError> {
    let length = exporter.hash().output_len();
    let secret = exporter.export(label, &[], length)?;
    if secret.as_ref().len() == length {
        return Ok(secret);
    }
    Err(ExportError {
        label: label.as_str(),
        reason: format!("{} bytes instead of {length}", secret.as_ref().len()),
    })
}

/// `Hash(SPKI DER || TLS-Exporter(label, context, 32))`: names one key on one
/// connection in one exchange, for applications that want to bind something to
/// all three. The exported part has a fixed length, so the concatenation is
/// unambiguous.
#[derive(Debug, Eq, PartialEq)]
pub struct BindingValue(Digest);

impl BindingValue {
    /// Length of the exported part in bytes.
    pub const EXPORTED: usize = 32;

    /// Derives the value for the key `spki`, the DER of a
    /// SubjectPublicKeyInfo exactly as it stands in the certificate.
    ///
    /// # Errors
    /// [`ExportError`] if the connection cannot export.
    pub fn export(
        exporter: &mut dyn Exporter,
        label: Label,
        context: &Context,
        spki: &[u8],
    ) -> Result<Self, ExportError> {
        let exported = exporter.export(label, context.as_ref(), Self::EXPORTED)?;
        if exported.as_ref().len() != Self::EXPORTED {
            return Err(ExportError {
                label: label.as_str(),
                reason: format!("{} bytes instead of 32", exported.as_ref().len()),
            });
        }
        Ok(Self(exporter.hash().digest(&[spki, exported.as_ref()])))
    }
}

impl AsRef<[u8]> for BindingValue {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref()
    }
}
