//! A rustls connection as the broken endpoints use it, with the same taps.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use attested::observe::{Instrument, Observe as _};
use attested::{ApiMisuse, ApplicationData, Endpoint, Error};
use authenticator::{ExportError, Exporter, Label, Secret, SuiteHash};
use event::kind::{Appraisal, Decision, Direction};
use event::{Bytes, Kind, Observer as _};
use rats::{Appraised, Expected, UnixSeconds};
use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use rustls::version::TLS13;
use rustls::{ClientConfig, Connection, ServerConfig};

use crate::laboratory::now;

/// The time of every run.
#[derive(Debug)]
pub(crate) struct Fixed;

impl TimeProvider for Fixed {
    fn current_time(&self) -> Option<UnixTime> {
        Some(now())
    }
}

/// A client's configuration around a verifier.
pub(crate) fn client_config(
    provider: &Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
    observer: Option<&Instrument>,
) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_details(Arc::clone(provider), Arc::new(Fixed))
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    if let Some(observer) = observer {
        config.key_log = observer.key_log();
    }
    Ok(config)
}

/// A server's configuration around a certificate.
pub(crate) fn server_config(
    provider: &Arc<CryptoProvider>,
    identity: CertifiedKey,
    observer: Option<&Instrument>,
) -> Result<ServerConfig, Error> {
    let mut config = ServerConfig::builder_with_details(Arc::clone(provider), Arc::new(Fixed))
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
    config.send_tls13_tickets = 0;
    if let Some(observer) = observer {
        config.key_log = observer.key_log();
    }
    Ok(config)
}

/// A connection and its taps.
pub(crate) struct Tls {
    pub(crate) connection: Connection,
    pub(crate) observer: Instrument,
    failed: bool,
}

impl Tls {
    pub(crate) fn new(connection: impl Into<Connection>, observer: Instrument) -> Self {
        Self {
            connection: connection.into(),
            observer,
            failed: false,
        }
    }

    pub(crate) fn receive(&mut self, mut octets: &[u8]) -> Result<Vec<u8>, Error> {
        if self.failed {
            return Err(ApiMisuse::AfterFailure.into());
        }
        self.observer.crossing(Direction::In, octets);
        let general = |e: std::io::Error| rustls::Error::General(e.to_string());
        let mut plaintext = Vec::new();
        while !octets.is_empty() {
            let taken = self.connection.read_tls(&mut octets).map_err(general)?;
            let state = self.connection.process_new_packets()?;
            let start = plaintext.len();
            plaintext.resize(start + state.plaintext_bytes_to_read(), 0);
            self.connection
                .reader()
                .read_exact(&mut plaintext[start..])
                .map_err(general)?;
            if taken == 0 {
                break;
            }
        }
        Ok(plaintext)
    }

    pub(crate) fn send(&mut self, plaintext: &[u8]) -> Result<(), Error> {
        self.connection
            .writer()
            .write_all(plaintext)
            .map_err(|e| rustls::Error::General(e.to_string()).into())
    }

    pub(crate) fn transmit(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        while self.connection.wants_write() {
            if self.connection.write_tls(&mut octets).is_err() {
                break; // memory takes everything
            }
        }
        if !octets.is_empty() {
            self.observer.crossing(Direction::Out, &octets);
        }
        octets
    }

    /// Records and remembers a failure.
    pub(crate) fn fail(&mut self, error: Error, at: &str) -> Error {
        if !self.failed {
            self.failed = true;
            self.observer.observe(Kind::Decision {
                what: Decision::Reject,
                code: error.code().to_owned(),
                at: Some(at.to_owned()),
            });
            self.connection.send_close_notify();
        }
        error
    }

    pub(crate) fn accept(&mut self) {
        self.observer.observe(Kind::Decision {
            what: Decision::Accept,
            code: "ok".to_owned(),
            at: None,
        });
    }
}

impl Exporter for Tls {
    fn hash(&self) -> SuiteHash {
        let suite = self.connection.negotiated_cipher_suite();
        suite
            .and_then(|suite| suite.tls13())
            .and_then(|suite| SuiteHash::new(suite).ok())
            .expect("asked after a handshake whose only version is TLS 1.3 and whose suites have SHA-256 or SHA-384")
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

/// Appraisal as every placement does it, reported.
pub(crate) fn appraise(
    relying_party: &attested::RelyingParty,
    cmw: &[u8],
    expected: &Expected,
    at: u64,
    report: impl FnOnce(Kind),
) -> Result<Appraised, rats::Refusal> {
    let outcome =
        relying_party
            .verifier
            .appraise_cmw(cmw, expected, &relying_party.policy, UnixSeconds(at));
    report(Kind::Appraise {
        of: None,
        expected: Bytes::clear(expected.challenge.as_slice()),
        policy: Bytes::clear(relying_party.policy.sha256()),
        verdict: match outcome {
            Ok(_) => Appraisal::Affirming,
            Err(_) => Appraisal::Contraindicated,
        },
        why: outcome
            .as_ref()
            .err()
            .map(|refusal| refusal.code().to_owned()),
    });
    outcome
}

/// An accepted connection, for application data without frames.
pub struct Accepted {
    pub(crate) tls: Tls,
    pub(crate) inbox: Vec<u8>,
    /// Whether data travels in frames.
    pub(crate) framed: bool,
}

impl Endpoint for Accepted {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        let mut plaintext = self.tls.receive(octets)?;
        if self.framed {
            plaintext = data_in(&plaintext);
        }
        self.inbox.extend(plaintext);
        Ok(())
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn transmit(&mut self) -> Vec<u8> {
        self.tls.transmit()
    }
}

impl ApplicationData for Accepted {
    type Peer = ();

    fn peer(&self) -> &() {
        &()
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Error> {
        if self.framed {
            self.tls.send(&frame(3, data))
        } else {
            self.tls.send(data)
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> usize {
        let count = buffer.len().min(self.inbox.len());
        buffer[..count].copy_from_slice(&self.inbox[..count]);
        self.inbox.drain(..count);
        count
    }

    fn available(&self) -> usize {
        self.inbox.len()
    }

    fn close(&mut self) {
        self.tls.connection.send_close_notify();
    }

    fn peer_has_closed(&self) -> bool {
        false
    }
}

/// A frame of `attested`'s: kind, length in four octets, body.
pub(crate) fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &(body.len() as u32).to_be_bytes(), body].concat()
}

/// The whole frames at the front of a stream, taken off it.
pub(crate) fn frames(stream: &mut Vec<u8>) -> Vec<(u8, Vec<u8>)> {
    let mut out = Vec::new();
    while let [kind, a, b, c, d, rest @ ..] = &stream[..] {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let Some(body) = rest.get(..length) else {
            break;
        };
        out.push((*kind, body.to_vec()));
        stream.drain(..5 + length);
    }
    out
}

fn data_in(stream: &[u8]) -> Vec<u8> {
    let frames = frames(&mut stream.to_vec());
    let data = frames.into_iter().filter(|(kind, _)| *kind == 3);
    data.flat_map(|(_, body)| body).collect()
}
