//! RFC 9261 exported authenticators, sans-IO.
//!
//! An exported authenticator proves, over an established TLS 1.3 connection,
//! that one side holds the key of an X.509 certificate. Three handshake
//! messages do it, carried by the application:
//!
//! ```text
//! verifier                                       sender
//!   Session::request  --- request (13 or 17) --->  Session::receive_request
//!                                                  Session::authenticate
//!   Session::verify   <-- Certificate ||           (or Session::refuse)
//!     |                   CertificateVerify ||
//!     |                   Finished
//!     v
//!   VerifiedAuthenticator   the only door to the certificate's extensions
//! ```
//!
//! The crate reads no socket and no clock. What it needs from the connection
//! comes through one trait, [`exporter::Exporter`]; what it needs from
//! cryptography comes through rustls's provider traits, so any provider will
//! do. Extensions are a type and opaque bytes: nothing here knows what they
//! mean.
//!
//! ```
//! use authenticator::{Context, Extension, Extensions, Role, Session};
//! use rustls::SignatureScheme;
//!
//! let mut session = Session::new(Role::Client);
//! let offer = Extensions::new(vec![
//!     Extension::signature_algorithms(&[SignatureScheme::ED25519])?,
//! ])?;
//! let request = session.request(Context::new(&[7; 32])?, offer)?;
//! assert_eq!(request.encoding()[0], 17); // ClientCertificateRequest
//! # Ok::<(), authenticator::Error>(())
//! ```
//!
//! Read [`session`] first, then [`verify`], then one message a file.

mod codec;

pub mod certificate;
pub mod certificate_verify;
pub mod chain;
pub mod context;
pub mod credential;
pub mod error;
pub mod exporter;
pub mod extension;
pub mod finished;
pub mod handshake;
pub mod request;
pub mod scheme;
pub mod session;
pub mod suite;
pub mod verify;

pub use chain::{ChainValidation, ClientChain, ServerChain};
pub use context::Context;
pub use credential::Credential;
pub use error::{
    ApiMisuse, DecodeError, DecodeErrorKind, Error, Message, PeerIncompatible, PeerMisbehaved,
};
pub use exporter::{BindingValue, ExportError, Exporter, Label, Secret};
pub use extension::{Extension, ExtensionType, Extensions};
pub use request::{AuthenticatorRequest, ReceivedRequest};
pub use session::{Limits, Role, Session};
pub use suite::{Digest, SuiteHash};
pub use verify::VerifiedAuthenticator;
