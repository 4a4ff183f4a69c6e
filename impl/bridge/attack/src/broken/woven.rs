//! A client of [`attested::intra::experimental`]'s servers that reads the
//! Evidence woven into the Certificate message, appraises it, and does not
//! compare what it is about.
//!
//! rustls calls a decompressor without saying for which connection, so the
//! Evidence found last on this thread is the one appraised: good enough for a
//! laboratory, in which one such client runs at a time.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use attested::observe::{Instrument, Observe as _, Reporter};
use attested::{Attesting, Endpoint, Error, PeerIncompatible, RelyingParty};
use rats::{Challenge, Expected, Hash, KeyHash};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::compress::{CertDecompressor, DecompressionFailed};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateCompressionAlgorithm, CertificateError, ClientConnection, DigitallySignedStruct,
    OtherError, SignatureScheme,
};

use super::tls::{Accepted, Tls, appraise, client_config};
use crate::laboratory::{Laboratory, NOW};
use crate::machine::codec::Reader;
use crate::machine::{evidence, x509};
use crate::target::SetupError;

thread_local! {
    static FOUND: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

static DECOMPRESSOR: &dyn CertDecompressor = &Unweave;

#[derive(Debug)]
struct Unweave;

impl CertDecompressor for Unweave {
    fn decompress(&self, input: &[u8], output: &mut [u8]) -> Result<(), DecompressionFailed> {
        let mut reader = Reader(input);
        let cmw = reader.vector(3).ok_or(DecompressionFailed)?;
        if reader.0.len() != output.len() {
            return Err(DecompressionFailed);
        }
        output.copy_from_slice(reader.0);
        FOUND.set(Some(cmw.to_vec()));
        Ok(())
    }

    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm::Unknown(0xff61)
    }
}

#[derive(Debug)]
struct Lax {
    algorithms: WebPkiSupportedAlgorithms,
    relying_party: RelyingParty,
    reporter: Reporter,
    refused: Arc<Mutex<Option<Error>>>,
}

impl Lax {
    fn certify(&self, end_entity: &CertificateDer<'_>) -> Result<(), Error> {
        let cmw = FOUND.take().ok_or(PeerIncompatible::NoEvidence)?;
        let malformed = |e: crate::machine::value::Unfit| {
            Error::from(attested::PeerMisbehaved::CertificateMalformed {
                entry: 0,
                reason: e.to_string(),
            })
        };
        let spki = x509::read(end_entity).map_err(malformed)?.spki;
        // The mistake: it asks for what it was shown.
        let shown = evidence::unwrap(&cmw)
            .and_then(|octets| evidence::challenge(&octets))
            .map_err(malformed)?;
        let length = shown.len();
        let hash = if length == 48 {
            Hash::Sha384
        } else {
            Hash::Sha256
        };
        let expected = Expected {
            challenge: Challenge::new(shown).map_err(|e| attested::ApiMisuse::Challenge {
                length,
                reason: e.to_string(),
            })?,
            key_hash: KeyHash::of(hash, &spki),
        };
        appraise(&self.relying_party, &cmw, &expected, NOW, |kind| {
            self.reporter.report(kind);
        })?;
        Ok(())
    }
}

impl ServerCertVerifier for Lax {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.certify(end_entity).map_err(|error| {
            let told = CertificateError::Other(OtherError(Arc::new(error.clone())));
            if let Ok(mut refused) = self.refused.lock() {
                *refused = Some(error);
            }
            told
        })?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General(
            "TLS 1.3 is offered alone".to_owned(),
        ))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The client.
pub struct Client {
    tls: Tls,
    refused: Arc<Mutex<Option<Error>>>,
    inbox: Vec<u8>,
    ready: bool,
}

/// Makes one.
///
/// # Errors
/// [`SetupError`]
pub fn client(
    laboratory: &Laboratory,
    name: ServerName<'static>,
    observer: Instrument,
) -> Result<Client, SetupError> {
    let provider = observer.provider(&laboratory.provider);
    let refused = Arc::default();
    let verifier = Lax {
        algorithms: provider.signature_verification_algorithms,
        relying_party: laboratory.relying_party(),
        reporter: observer.reporter(),
        refused: Arc::clone(&refused),
    };
    let mut config = client_config(&provider, Arc::new(verifier), Some(&observer))?;
    config.cert_decompressors = vec![DECOMPRESSOR];
    let tls = ClientConnection::new(Arc::new(config), name).map_err(Error::from)?;
    Ok(Client {
        tls: Tls::new(tls, observer),
        refused,
        inbox: Vec::new(),
        ready: false,
    })
}

impl Endpoint for Client {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        match self.tls.receive(octets) {
            Ok(plaintext) => self.inbox.extend(plaintext),
            Err(error) => {
                let refused = self.refused.lock().ok().and_then(|mut it| it.take());
                return Err(self.tls.fail(refused.unwrap_or(error), "handshake"));
            }
        }
        if !self.ready && !self.tls.connection.is_handshaking() {
            self.ready = true;
            self.tls.observer.handshake_complete();
            self.tls.accept();
        }
        Ok(())
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        Err(Error::Truncated)
    }

    fn transmit(&mut self) -> Vec<u8> {
        self.tls.transmit()
    }
}

impl Attesting for Client {
    type Channel = Accepted;

    fn is_ready(&self) -> bool {
        self.ready
    }

    fn into_channel(self) -> Result<Result<Accepted, Self>, Error> {
        if !self.ready {
            return Ok(Err(self));
        }
        Ok(Ok(Accepted {
            tls: self.tls,
            inbox: self.inbox,
            framed: false,
        }))
    }
}
