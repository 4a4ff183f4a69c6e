//! The authenticator state of one connection.
//!
//! Invariants, all from RFC 9261 §4 and §5.2.1:
//! - a context names one exchange: it is unique among the requests of both
//!   sides, and among spontaneous authenticators;
//! - a request of ours is answered once; the context is consumed before the
//!   answer is looked at, so a failed answer cannot be retried;
//! - a request of the peer's is a value consumed by answering it;
//! - only a server authenticates without being asked.
//!
//! Memory is bounded by [`Limits`]: the contexts of `contexts` exchanges of at
//! most 255 bytes, and `outstanding` requests of at most `request` bytes.

use std::collections::{BTreeMap, BTreeSet};

use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;

use crate::certificate::{Certificate, Entry};
use crate::certificate_verify;
use crate::chain::ChainValidation;
use crate::context::Context;
use crate::credential::Credential;
use crate::error::{
    ApiMisuse, DecodeError, DecodeErrorKind, Error, Message, PeerIncompatible, PeerMisbehaved,
};
use crate::exporter::{Exporter, FinishedKey, HandshakeContext};
use crate::extension::{ExtensionType, Extensions, parse_schemes};
use crate::finished;
use crate::request::{AuthenticatorRequest, ReceivedRequest};
use crate::verify::{self, Expected, VerifiedAuthenticator, context_of};

/// Which end of the TLS connection this is. Fixes the request type and the
/// exporter labels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    Client,
    Server,
}

impl Role {
    /// The other end.
    pub fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// Caps on what a peer can make us hold or read.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one authenticator.
    pub authenticator: usize,
    /// Certificates in a chain.
    pub chain: usize,
    /// Contexts remembered on one connection, over both sides' exchanges.
    pub contexts: usize,
    /// Requests of ours waiting for an answer.
    pub outstanding: usize,
    /// Bytes of one request.
    pub request: usize,
}

impl Default for Limits {
    /// An authenticator may carry one full extension list and a chain beside
    /// it; a request is small.
    fn default() -> Self {
        Self {
            authenticator: 256 * 1024,
            chain: 10,
            contexts: 4096,
            outstanding: 16,
            request: 16 * 1024,
        }
    }
}

/// Requests sent, contexts used. One value per TLS connection; the caller
/// passes the same connection's exporter every time.
#[derive(Debug)]
pub struct Session {
    role: Role,
    limits: Limits,
    used: BTreeSet<Context>,
    outstanding: BTreeMap<Context, AuthenticatorRequest>,
}

impl Session {
    pub fn new(role: Role) -> Self {
        Self::with_limits(role, Limits::default())
    }

    pub fn with_limits(role: Role, limits: Limits) -> Self {
        Self {
            role,
            limits,
            used: BTreeSet::new(),
            outstanding: BTreeMap::new(),
        }
    }

    /// Makes a request, to be sent as its [`encoding`]. `context` should be
    /// random, so that the peer cannot prepare for it.
    ///
    /// # Errors
    /// [`ApiMisuse`]: context used before, `signature_algorithms` missing, an
    /// extension that requests may not carry, too many requests.
    ///
    /// [`encoding`]: AuthenticatorRequest::encoding
    pub fn request(
        &mut self,
        context: Context,
        extensions: Extensions,
    ) -> Result<AuthenticatorRequest, Error> {
        if self.outstanding.len() >= self.limits.outstanding {
            return Err(ApiMisuse::TooManyOutstanding {
                limit: self.limits.outstanding,
            }
            .into());
        }
        let request = AuthenticatorRequest::new(self.role, context.clone(), extensions)?;
        self.cap_request(request.encoding().len())
            .map_err(|_| ApiMisuse::TooLong {
                what: "authenticator request",
                length: request.encoding().len(),
                limit: self.limits.request,
            })?;
        self.use_context(&context).map_err(|error| match error {
            PeerMisbehaved::TooManyRequests { limit } => ApiMisuse::TooManyOutstanding { limit },
            _ => ApiMisuse::ContextReused,
        })?;
        self.outstanding.insert(context, request.clone());
        Ok(request)
    }

    /// Takes a request of the peer's.
    ///
    /// # Errors
    /// [`Error::Decode`] for malformed bytes, the wrong request type or an
    /// oversized request; [`Error::PeerMisbehaved`] for a reused context, a
    /// forbidden extension, or missing `signature_algorithms`.
    pub fn receive_request(&mut self, bytes: &[u8]) -> Result<ReceivedRequest, Error> {
        self.cap_request(bytes.len())?;
        let request = ReceivedRequest::decode(self.role.peer(), bytes)?;
        self.use_context(request.context())?;
        Ok(request)
    }

    /// Answers a request with `credential`; `extensions` go with the
    /// end-entity certificate. Returns Certificate || CertificateVerify ||
    /// Finished.
    ///
    /// # Errors
    /// [`PeerIncompatible::NoUsableScheme`] if [`Credential::fits`] says no;
    /// [`ApiMisuse::ExtensionNotOffered`]; [`Error::Export`].
    pub fn authenticate(
        &mut self,
        exporter: &mut dyn Exporter,
        request: ReceivedRequest,
        credential: &Credential,
        extensions: Extensions,
    ) -> Result<Vec<u8>, Error> {
        let (schemes, offered) = (request.usable_schemes(), request.extensions());
        self.create(
            exporter,
            request.context(),
            request.encoding(),
            (&schemes, offered),
            credential,
            extensions,
        )
    }

    /// Answers a request with an authenticated refusal: a lone Finished.
    ///
    /// # Errors
    /// [`Error::Export`] if the connection cannot export.
    pub fn refuse(
        &mut self,
        exporter: &mut dyn Exporter,
        request: ReceivedRequest,
    ) -> Result<Vec<u8>, Error> {
        let hash = exporter.hash();
        let handshake_context = HandshakeContext::export(exporter, self.role)?;
        let key = FinishedKey::export(exporter, self.role)?;
        let absent = Certificate::encode_empty(request.context())?;
        let transcript =
            finished::transcript(hash, &handshake_context, request.encoding(), &absent, &[]);
        Ok(finished::create(hash, &key, &transcript)?)
    }

    /// Authenticates a server that was not asked. `client_hello` lists the
    /// extensions of the ClientHello, which stand in for a request's.
    ///
    /// # Errors
    /// As [`Self::authenticate`], and [`ApiMisuse::SpontaneousClient`],
    /// [`ApiMisuse::ContextReused`].
    pub fn authenticate_unasked(
        &mut self,
        exporter: &mut dyn Exporter,
        context: Context,
        client_hello: &Extensions,
        credential: &Credential,
        extensions: Extensions,
    ) -> Result<Vec<u8>, Error> {
        if self.role == Role::Client {
            return Err(ApiMisuse::SpontaneousClient.into());
        }
        let schemes = offered_schemes(client_hello).ok_or(ApiMisuse::MissingSignatureAlgorithms)?;
        self.use_context(&context)
            .map_err(|_| ApiMisuse::ContextReused)?;
        self.create(
            exporter,
            &context,
            &[],
            (&schemes, client_hello),
            credential,
            extensions,
        )
    }

    /// Verifies the answer to our request `context`.
    ///
    /// The request is consumed whatever the outcome: a second answer, or a
    /// second try, is refused.
    ///
    /// # Errors
    /// [`PeerIncompatible::Refused`] for a valid empty authenticator;
    /// [`PeerMisbehaved::ContextReused`] if the context was answered before;
    /// [`ApiMisuse::UnknownContext`] if it was never requested; otherwise the
    /// first check that failed, in the order of [`crate::verify`].
    pub fn verify(
        &mut self,
        exporter: &mut dyn Exporter,
        context: &Context,
        authenticator: &[u8],
        algorithms: &WebPkiSupportedAlgorithms,
        chain: &dyn ChainValidation,
    ) -> Result<VerifiedAuthenticator, Error> {
        let Some(request) = self.outstanding.remove(context) else {
            return Err(if self.used.contains(context) {
                PeerMisbehaved::ContextReused.into()
            } else {
                ApiMisuse::UnknownContext.into()
            });
        };
        let schemes =
            offered_schemes(request.extensions()).ok_or(ApiMisuse::MissingSignatureAlgorithms)?;
        let expected = Expected {
            sender: self.role.peer(),
            context,
            request: request.encoding(),
            offered: request.extensions(),
            schemes: &schemes,
        };
        verify::verify(
            &expected,
            &self.limits,
            exporter,
            algorithms,
            chain,
            authenticator,
        )
    }

    /// Verifies an authenticator the server sent unasked. `client_hello` lists
    /// the extensions this client offered in its ClientHello.
    ///
    /// # Errors
    /// As [`Self::verify`]; [`PeerMisbehaved::SpontaneousClient`] on a server.
    pub fn verify_unasked(
        &mut self,
        exporter: &mut dyn Exporter,
        client_hello: &Extensions,
        authenticator: &[u8],
        algorithms: &WebPkiSupportedAlgorithms,
        chain: &dyn ChainValidation,
    ) -> Result<VerifiedAuthenticator, Error> {
        if self.role == Role::Server {
            return Err(PeerMisbehaved::SpontaneousClient.into());
        }
        let schemes = offered_schemes(client_hello).ok_or(ApiMisuse::MissingSignatureAlgorithms)?;
        let Some(context) = context_of(authenticator)? else {
            // Nothing was asked, so nothing can be refused.
            return Err(DecodeError {
                message: Message::Authenticator,
                kind: DecodeErrorKind::UnexpectedType {
                    found: crate::handshake::FINISHED,
                    expected: crate::handshake::CERTIFICATE,
                },
                at: 0,
            }
            .into());
        };
        self.use_context(&context)?;
        let expected = Expected {
            sender: Role::Server,
            context: &context,
            request: &[],
            offered: client_hello,
            schemes: &schemes,
        };
        verify::verify(
            &expected,
            &self.limits,
            exporter,
            algorithms,
            chain,
            authenticator,
        )
    }

    fn create(
        &self,
        exporter: &mut dyn Exporter,
        context: &Context,
        request: &[u8],
        (schemes, offered): (&[SignatureScheme], &Extensions),
        credential: &Credential,
        extensions: Extensions,
    ) -> Result<Vec<u8>, Error> {
        if let Some(extension) = extensions.iter().find(|it| !offered.contains(it.typ)) {
            return Err(ApiMisuse::ExtensionNotOffered {
                extension: extension.typ,
            }
            .into());
        }
        let signer = credential
            .signer(schemes)
            .ok_or(PeerIncompatible::NoUsableScheme)?;
        let hash = exporter.hash();
        let handshake_context = HandshakeContext::export(exporter, self.role)?;
        let key = FinishedKey::export(exporter, self.role)?;

        let mut extensions = Some(extensions); // the end entity's; others carry none
        let entries = credential
            .chain()
            .iter()
            .map(|certificate| Entry {
                certificate: certificate.clone(),
                extensions: extensions.take().unwrap_or_default(),
            })
            .collect();
        let certificate = Certificate {
            context: context.clone(),
            entries,
        }
        .encode()?;
        let certificate_verify = certificate_verify::create(
            signer.as_ref(),
            &certificate_verify::transcript(hash, &handshake_context, request, &certificate),
        )?;
        let finished = finished::create(
            hash,
            &key,
            &finished::transcript(
                hash,
                &handshake_context,
                request,
                &certificate,
                &certificate_verify,
            ),
        )?;

        let authenticator = [certificate, certificate_verify, finished].concat();
        if authenticator.len() > self.limits.authenticator {
            return Err(ApiMisuse::TooLong {
                what: "authenticator",
                length: authenticator.len(),
                limit: self.limits.authenticator,
            }
            .into());
        }
        Ok(authenticator)
    }

    /// Consumes a context, once.
    fn use_context(&mut self, context: &Context) -> Result<(), PeerMisbehaved> {
        if self.used.contains(context) {
            return Err(PeerMisbehaved::ContextReused);
        }
        if self.used.len() >= self.limits.contexts {
            return Err(PeerMisbehaved::TooManyRequests {
                limit: self.limits.contexts,
            });
        }
        self.used.insert(context.clone());
        Ok(())
    }

    fn cap_request(&self, length: usize) -> Result<(), DecodeError> {
        if length <= self.limits.request {
            return Ok(());
        }
        Err(DecodeError {
            message: Message::Request,
            kind: DecodeErrorKind::TooLong {
                length,
                limit: self.limits.request,
            },
            at: self.limits.request,
        })
    }
}

fn offered_schemes(extensions: &Extensions) -> Option<Vec<SignatureScheme>> {
    extensions
        .find(ExtensionType::SIGNATURE_ALGORITHMS)
        .and_then(parse_schemes)
}
