//! The exchange on one stream of a connection whose TLS is driven elsewhere,
//! such as a QUIC connection.
//!
//! ```text
//! client_tls / server_tls --configuration--> whoever drives the handshake
//!        |                                            |
//!        | Witness                                    | KeyingMaterial
//!        v                                            v
//!   Client::over / Server::over  <-- octets of one bidirectional stream -->
//! ```
//!
//! The configurations made here neither offer nor accept tickets, stored
//! sessions or early data, and know suites with SHA-256 only: a QUIC stack does
//! not say which suite was negotiated, and authenticators follow its hash. A
//! client's [`Witness`] notes that the certificate verifier was asked, which a
//! resumed handshake would not have done.
//!
//! The caller's part, which no type here can hold: the keying material is that
//! of the connection made with the witness's configuration, each for one
//! connection, and the octets are those of one stream of it. Application data
//! travels on other streams; whoever opens those keeps them closed until the
//! party has become an [`AttestedChannel`](super::AttestedChannel).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rats::Hash;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig,
    SignatureScheme,
};

use crate::error::{ApiMisuse, Error, PeerIncompatible};
use crate::handshake::{FullHandshake, Identity, client_config, server_config};

/// Application protocol of the exchange on a QUIC connection, which must have
/// one (RFC 9001 section 8.1).
pub const PROTOCOL: &[u8] = b"attested-post/1";

/// Keying material of a connection (RFC 8446 section 7.5).
pub trait KeyingMaterial: Send {
    /// Fills `output`; empty and absent contexts are the same in TLS 1.3.
    ///
    /// # Errors
    /// Why the connection cannot export.
    fn export(&self, output: &mut [u8], label: &[u8], context: &[u8]) -> Result<(), String>;
}

/// A configuration for one connection, and what will say that its handshake was
/// full.
#[derive(Debug)]
pub struct Handshake<C> {
    pub config: C,
    pub witness: Witness,
}

/// Says of one handshake that it was full.
#[derive(Debug)]
pub struct Witness {
    was_verified: Arc<AtomicBool>,
    pub(super) provider: Arc<CryptoProvider>,
}

impl Witness {
    /// The proof, if the handshake is over.
    pub(super) fn full_handshake(&self) -> Result<FullHandshake, PeerIncompatible> {
        if self.was_verified.load(Ordering::Acquire) {
            Ok(FullHandshake::witnessed())
        } else {
            Err(PeerIncompatible::ResumedHandshake)
        }
    }
}

/// For a client's one connection, at time `now`.
///
/// # Errors
/// As [`Client::new`](super::Client::new).
pub fn client_tls(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
    now: UnixTime,
) -> Result<Handshake<ClientConfig>, Error> {
    let provider = with_sha256(provider);
    let (mut config, verifier) = client_config(&provider, roots, now, &())?;
    let was_verified = Arc::new(AtomicBool::new(false));
    config
        .dangerous() // it does verify, and notes that it did
        .set_certificate_verifier(Arc::new(Noting {
            verifier,
            was_verified: Arc::clone(&was_verified),
        }));
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(Handshake {
        config,
        witness: Witness {
            was_verified,
            provider,
        },
    })
}

/// For a server's one connection, at time `now`.
///
/// # Errors
/// As [`Server::new`](super::Server::new).
pub fn server_tls(
    provider: &Arc<CryptoProvider>,
    identity: &Identity,
    now: UnixTime,
) -> Result<Handshake<ServerConfig>, Error> {
    let provider = with_sha256(provider);
    let Identity { chain, key } = identity.clone();
    let identity = CertifiedKey::new(chain, key);
    identity.keys_match().map_err(|_| ApiMisuse::KeyMismatch)?;
    let mut config = server_config(&provider, identity, now, &())?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(Handshake {
        config,
        witness: Witness {
            // Without tickets and stored sessions there is nothing to resume.
            was_verified: Arc::new(AtomicBool::new(true)),
            provider,
        },
    })
}

/// The provider with its TLS 1.3 suites of SHA-256 alone.
fn with_sha256(provider: &Arc<CryptoProvider>) -> Arc<CryptoProvider> {
    let is_sha256 = |suite: &&rustls::SupportedCipherSuite| {
        let length = |suite: &rustls::Tls13CipherSuite| suite.common.hash_provider.output_len();
        suite.tls13().map(length) == Some(Hash::Sha256.length())
    };
    Arc::new(CryptoProvider {
        cipher_suites: provider
            .cipher_suites
            .iter()
            .filter(is_sha256)
            .copied()
            .collect(),
        ..provider.as_ref().clone()
    })
}

/// Verifies as `verifier` does, and notes that it was asked and satisfied.
#[derive(Debug)]
struct Noting {
    verifier: Arc<WebPkiServerVerifier>,
    was_verified: Arc<AtomicBool>,
}

impl ServerCertVerifier for Noting {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verifier
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls12_signature(message, certificate, signature)
    }

    /// The last question of a full handshake.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let valid = self
            .verifier
            .verify_tls13_signature(message, certificate, signature)?;
        self.was_verified.store(true, Ordering::Release);
        Ok(valid)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.verifier.root_hint_subjects()
    }
}
