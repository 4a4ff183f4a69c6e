//! CertificateRequest and ClientCertificateRequest (RFC 9261 §4).
//!
//! ```text
//! struct {
//!     opaque certificate_request_context<0..2^8-1>;
//!     Extension extensions<2..2^16-1>;
//! } ClientCertificateRequest;      // CertificateRequest is the same
//! ```
//!
//! Two types for the two ends of the exchange: [`AuthenticatorRequest`] is one
//! we sent, [`ReceivedRequest`] one we got. The second is not `Clone` and is
//! consumed by answering, so a request is answered at most once.

use rustls::SignatureScheme;

use crate::codec::{Reader, put_vec8};
use crate::context::Context;
use crate::error::{ApiMisuse, DecodeError, DecodeErrorKind, Error, Message, PeerMisbehaved};
use crate::extension::{Extension, ExtensionType, Extensions, parse_schemes, parse_server_name};
use crate::handshake;
use crate::scheme;
use crate::session::Role;

/// A request of our own: its meaning and the bytes that go to the peer and
/// into the transcript.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthenticatorRequest {
    context: Context,
    extensions: Extensions,
    encoding: Vec<u8>,
}

impl AuthenticatorRequest {
    /// Builds the request that a party of role `requester` sends.
    pub(crate) fn new(
        requester: Role,
        context: Context,
        extensions: Extensions,
    ) -> Result<Self, ApiMisuse> {
        if let Some(extension) = forbidden(requester, &extensions) {
            return Err(ApiMisuse::ExtensionForbidden { extension });
        }
        let schemes = extensions
            .find(ExtensionType::SIGNATURE_ALGORITHMS)
            .and_then(parse_schemes)
            .ok_or(ApiMisuse::MissingSignatureAlgorithms)?;
        if let Some(&scheme) = schemes.iter().find(|&&scheme| !scheme::is_usable(scheme)) {
            return Err(ApiMisuse::SchemeForbidden { scheme });
        }
        let mut body = Vec::new();
        put_vec8(&mut body, context.as_ref(), "certificate_request_context")?;
        extensions.encode(&mut body)?;
        let encoding = handshake::frame(handshake_type(requester), &body)?;
        Ok(Self {
            context,
            extensions,
            encoding,
        })
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// The handshake message, header included.
    pub fn encoding(&self) -> &[u8] {
        &self.encoding
    }
}

/// A request of the peer's, waiting for its one answer.
#[derive(Debug)]
pub struct ReceivedRequest {
    context: Context,
    extensions: Extensions,
    schemes: Vec<SignatureScheme>,
    encoding: Vec<u8>,
}

impl ReceivedRequest {
    /// Reads the request that a party of role `requester` sent. `input` must be
    /// the message and nothing else.
    pub(crate) fn decode(requester: Role, input: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(Message::Request, input);
        let mut body = handshake::open(&mut reader, handshake_type(requester))?;
        reader.finish()?;
        let context = Context::from_vec8(body.vec8()?);
        let at = body.at();
        let extensions = Extensions::decode(&mut body, is_well_formed)?;
        if extensions.is_empty() {
            return Err(body
                .error_at(at, DecodeErrorKind::Empty { what: "extensions" })
                .into());
        }
        body.finish()?;
        if let Some(extension) = forbidden(requester, &extensions) {
            return Err(PeerMisbehaved::ExtensionForbidden { extension }.into());
        }
        let schemes = extensions
            .find(ExtensionType::SIGNATURE_ALGORITHMS)
            .and_then(parse_schemes)
            .ok_or(PeerMisbehaved::MissingSignatureAlgorithms)?;
        Ok(Self {
            context,
            extensions,
            schemes,
            encoding: input.to_vec(),
        })
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// The DNS name the requester wants authenticated, if it says so.
    pub fn server_name(&self) -> Option<&str> {
        self.extensions
            .find(ExtensionType::SERVER_NAME)
            .and_then(parse_server_name)
    }

    /// The offered schemes that authenticators may use, in the peer's order.
    /// Others are ignored, as a peer may list them for its certificates.
    pub fn usable_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes
            .iter()
            .copied()
            .filter(|&scheme| scheme::is_usable(scheme))
            .collect()
    }

    /// The bytes as received; they, not a re-encoding, go into the transcript.
    pub fn encoding(&self) -> &[u8] {
        &self.encoding
    }
}

/// "Get context" of RFC 9261 §6.2, for a request of either type.
///
/// # Errors
/// [`DecodeError`] if the input does not begin like a request.
pub fn context_of_request(input: &[u8]) -> Result<Context, DecodeError> {
    let mut reader = Reader::new(Message::Request, input);
    let typ = match input.first() {
        Some(&handshake::CERTIFICATE_REQUEST) => handshake::CERTIFICATE_REQUEST,
        _ => handshake::CLIENT_CERTIFICATE_REQUEST,
    };
    let mut body = handshake::open(&mut reader, typ)?;
    Ok(Context::from_vec8(body.vec8()?))
}

/// The message type tells who asks: a reflected request does not parse.
fn handshake_type(requester: Role) -> u8 {
    match requester {
        Role::Client => handshake::CLIENT_CERTIFICATE_REQUEST,
        Role::Server => handshake::CERTIFICATE_REQUEST,
    }
}

/// Extensions of the registry's "CR" column may appear, and `server_name` in a
/// client's request only (RFC 9261 §4).
fn forbidden(requester: Role, extensions: &Extensions) -> Option<ExtensionType> {
    extensions
        .iter()
        .map(|extension| extension.typ)
        .find(|typ| {
            typ.is_forbidden_in_requests()
                || (*typ == ExtensionType::SERVER_NAME && requester == Role::Server)
        })
}

fn is_well_formed(extension: &Extension) -> bool {
    match extension.typ {
        ExtensionType::SERVER_NAME => parse_server_name(&extension.data).is_some(),
        ExtensionType::SIGNATURE_ALGORITHMS | ExtensionType::SIGNATURE_ALGORITHMS_CERT => {
            parse_schemes(&extension.data).is_some()
        }
        _ => true,
    }
}
