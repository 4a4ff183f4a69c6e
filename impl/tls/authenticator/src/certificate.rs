//! The Certificate message (RFC 8446 §4.4.2, RFC 9261 §5.2.1).
//!
//! ```text
//! struct {
//!     opaque certificate_request_context<0..2^8-1>;
//!     CertificateEntry certificate_list<0..2^24-1>;
//! } Certificate;
//! struct {
//!     opaque cert_data<1..2^24-1>;
//!     Extension extensions<0..2^16-1>;
//! } CertificateEntry;
//! ```
//!
//! X.509 only. The decoded form stays inside the crate: entry extensions leave
//! through [`VerifiedAuthenticator`](crate::VerifiedAuthenticator) alone.

use rustls::pki_types::CertificateDer;

use crate::codec::{Reader, put_vec8, put_vec24};
use crate::context::Context;
use crate::error::{ApiMisuse, DecodeError, DecodeErrorKind, PeerMisbehaved};
use crate::extension::Extensions;
use crate::handshake;

/// One certificate and what is said about it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) extensions: Extensions,
}

/// A chain, end entity first, in answer to `context`.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) context: Context,
    pub(crate) entries: Vec<Entry>,
}

impl Certificate {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, ApiMisuse> {
        let mut list = Vec::new();
        for entry in &self.entries {
            put_vec24(&mut list, &entry.certificate, "certificate")?;
            entry.extensions.encode(&mut list)?;
        }
        let mut body = Vec::new();
        put_vec8(
            &mut body,
            self.context.as_ref(),
            "certificate_request_context",
        )?;
        put_vec24(&mut body, &list, "certificate_list")?;
        handshake::frame(handshake::CERTIFICATE, &body)
    }

    /// The message an empty authenticator leaves out but hashes: our context,
    /// no certificates (RFC 9261 §5.2.3).
    pub(crate) fn encode_empty(context: &Context) -> Result<Vec<u8>, ApiMisuse> {
        Self {
            context: context.clone(),
            entries: Vec::new(),
        }
        .encode()
    }

    /// Reads one Certificate message from the front of `reader`.
    pub(crate) fn decode(reader: &mut Reader<'_>, chain_limit: usize) -> Result<Self, DecodeError> {
        let mut body = handshake::open(reader, handshake::CERTIFICATE)?;
        let context = Context::from_vec8(body.vec8()?);
        let mut list = body.nested24()?;
        body.finish()?;
        let mut entries = Vec::new();
        while !list.is_empty() {
            if entries.len() == chain_limit {
                return Err(list.error(DecodeErrorKind::ChainTooLong { limit: chain_limit }));
            }
            entries.push(decode_entry(&mut list)?);
        }
        if entries.is_empty() {
            // A refusal is a lone Finished; an empty list is never sent.
            return Err(list.error(DecodeErrorKind::Empty {
                what: "certificate_list",
            }));
        }
        Ok(Self { context, entries })
    }

    /// Every entry extension must answer one that was offered
    /// (RFC 9261 §5.2.1); `offered` is the request's list, or the
    /// ClientHello's for a spontaneous authenticator.
    pub(crate) fn check_extensions(&self, offered: &Extensions) -> Result<(), PeerMisbehaved> {
        for (index, entry) in self.entries.iter().enumerate() {
            if let Some(extension) = entry
                .extensions
                .iter()
                .find(|extension| !offered.contains(extension.typ))
            {
                return Err(PeerMisbehaved::ExtensionNotOffered {
                    extension: extension.typ,
                    entry: index,
                });
            }
        }
        Ok(())
    }
}

fn decode_entry(list: &mut Reader<'_>) -> Result<Entry, DecodeError> {
    let at = list.at();
    let certificate = list.vec24()?;
    if certificate.is_empty() {
        return Err(list.error_at(at, DecodeErrorKind::Empty { what: "cert_data" }));
    }
    Ok(Entry {
        certificate: CertificateDer::from(certificate.to_vec()),
        extensions: Extensions::decode(list, |_| true)?,
    })
}
