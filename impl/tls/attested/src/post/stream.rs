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
//! sessions or early data. A QUIC stack does not say which suite was negotiated,
//! and authenticators follow its hash, so the [`Witness`] notes how long the
//! exporter secret is: as long as that hash (RFC 8446 section 7.1). A client's
//! notes also that the certificate verifier was asked, which a resumed handshake
//! would not have done.
//!
//! The caller's part, which no type here can hold: the keying material is that
//! of the connection made with the witness's configuration, each for one
//! connection, and the octets are those of one stream of it. Application data
//! travels on other streams; whoever opens those keeps them closed until the
//! party has become an [`AttestedChannel`](super::AttestedChannel).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use authenticator::SuiteHash;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, KeyLog, RootCertStore, ServerConfig,
    SignatureScheme, SupportedCipherSuite,
};

use crate::error::{ApiMisuse, Error, PeerIncompatible};
use crate::handshake::{FullHandshake, Identity, client_config, server_config};
use crate::observe::{self, CryptoFrames, Observe};

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
    /// To be told of the octets of CRYPTO frames by whoever moves them.
    pub crypto_frames: CryptoFrames,
    pub witness: Witness,
}

/// Says of one handshake that it was full, and with which hash.
#[derive(Debug)]
pub struct Witness {
    was_verified: Arc<AtomicBool>,
    /// Octets of the exporter secret; none before the handshake has one.
    exporter_secret: Arc<AtomicUsize>,
    pub(super) provider: Arc<CryptoProvider>,
}

impl Witness {
    /// What tells it from every other.
    pub(super) fn mark(&self) -> &Arc<AtomicBool> {
        &self.was_verified
    }

    /// The proof, if the handshake is over.
    pub(super) fn full_handshake(&self) -> Result<FullHandshake, PeerIncompatible> {
        if self.was_verified.load(Ordering::Acquire) {
            Ok(FullHandshake::witnessed())
        } else {
            Err(PeerIncompatible::ResumedHandshake)
        }
    }

    /// The hash of the suite that was negotiated.
    pub(super) fn hash(&self) -> Result<SuiteHash, Error> {
        let length = self.exporter_secret.load(Ordering::Acquire);
        let suites = self.provider.cipher_suites.iter();
        let suite = suites
            .filter_map(SupportedCipherSuite::tls13)
            .find(|suite| suite.common.hash_provider.output_len() == length)
            .ok_or(authenticator::ApiMisuse::UnsupportedHash)
            .map_err(authenticator::Error::from)?;
        Ok(SuiteHash::new(suite).map_err(authenticator::Error::from)?)
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
    observer: &dyn Observe,
) -> Result<Handshake<ClientConfig>, Error> {
    let provider = observer.provider(provider);
    let (mut config, verifier) = client_config(&provider, roots, now, observer)?;
    let was_verified = Arc::new(AtomicBool::new(false));
    config
        .dangerous() // it does verify, and notes that it did
        .set_certificate_verifier(Arc::new(Noting {
            verifier,
            was_verified: Arc::clone(&was_verified),
        }));
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    let exporter_secret = measured(&mut config.key_log);
    Ok(Handshake {
        config,
        crypto_frames: observer.crypto_frames(),
        witness: Witness {
            was_verified,
            exporter_secret,
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
    observer: &dyn Observe,
) -> Result<Handshake<ServerConfig>, Error> {
    let provider = observer.provider(provider);
    let Identity { chain, key } = identity.clone();
    let identity = CertifiedKey::new(chain, observer.signing_key(observe::HANDSHAKE_KEY, key));
    identity.keys_match().map_err(|_| ApiMisuse::KeyMismatch)?;
    let mut config = server_config(&provider, identity, now, observer)?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    let exporter_secret = measured(&mut config.key_log);
    Ok(Handshake {
        config,
        crypto_frames: observer.crypto_frames(),
        witness: Witness {
            // Without tickets and stored sessions there is nothing to resume.
            was_verified: Arc::new(AtomicBool::new(true)),
            exporter_secret,
            provider,
        },
    })
}

/// Has the length of the exporter secret noted beside what `log` does.
fn measured(log: &mut Arc<dyn KeyLog>) -> Arc<AtomicUsize> {
    let exporter_secret = Arc::new(AtomicUsize::new(0));
    *log = Arc::new(Measuring {
        log: Arc::clone(log),
        exporter_secret: Arc::clone(&exporter_secret),
    });
    exporter_secret
}

/// Passes secrets on, if they are wanted, and keeps the length of one.
#[derive(Debug)]
struct Measuring {
    log: Arc<dyn KeyLog>,
    exporter_secret: Arc<AtomicUsize>,
}

impl KeyLog for Measuring {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        if label == "EXPORTER_SECRET" {
            self.exporter_secret.store(secret.len(), Ordering::Release);
        }
        if self.log.will_log(label) {
            self.log.log(label, client_random, secret);
        }
    }

    fn will_log(&self, label: &str) -> bool {
        label == "EXPORTER_SECRET" || self.log.will_log(label)
    }
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
