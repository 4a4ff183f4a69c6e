//! A client's own Evidence given back to it, where both ends attest. It stands
//! on binders that are the same in both directions.

use std::sync::Arc;

use attested::observe::Instrument;
use attested::post;
use attested::{Attesting, Endpoint, Error};
use authenticator::{Exporter as _, Label, Role};
use rats::{Attester as _, Challenge, Expected, Hash, KeyHash};
use rustls::client::WebPkiServerVerifier;
use rustls::{ClientConnection, pki_types::ServerName};

use super::{Code, NAME, Stage, server_name, stock};
use crate::broken::tls::{Accepted, Tls, appraise, client_config, frame, frames};
use crate::dialect::Dialect;
use crate::enact::Enactment;
use crate::laboratory::{CODE, Laboratory, NOW, now};
use crate::machine::evidence;
use crate::machine::value::Unfit;
use crate::player::{Player, Seat, converse};
use crate::scene::ATTACKER;
use crate::target::SetupError;

const LABEL: Label = Label::literal("Attestation");
/// The key Evidence of this toy is about: nobody's in particular.
const NOBODY: &[u8] = b"no key";

pub(super) fn run(mut stage: Stage<'_>, code: Code) -> Result<Enactment, SetupError> {
    stage.dialect = Dialect::Post;
    let observer = stage.instrument("Client#1", Role::Client, NAME);
    let mut victim: Box<dyn Player> = match code {
        Code::Broken => Box::new(Seat::new(Bare::new(stage.laboratory, observer)?)),
        Code::Fixed => mutual(stage.laboratory, observer)?,
    };
    // The server's certificate key leaked; its machine and its Evidence did not.
    let (identity, key) = stage.laboratory.identity(NAME)?;
    let chain = identity.chain.iter().map(|der| der.to_vec()).collect();
    let mut attacker = stock::server(stage.laboratory, chain, key.signer, |_| ())?;
    stage.note(
        ATTACKER,
        "has the key of the server's certificate, and no machine",
    );
    let (mut outcome, _) = converse(&mut *victim, &mut attacker);
    let mut stream = Vec::new();
    // Whatever the client says comes back to it, until it has had enough.
    for _ in 0..8 {
        stream.extend(attacker.read());
        let mut said = false;
        for (kind, body) in frames(&mut stream) {
            match kind {
                // Its request, as a request of ours.
                1 => {
                    let request = match code {
                        Code::Broken => body,
                        Code::Fixed => as_servers_request(&body),
                    };
                    stage.arrow("client", ATTACKER, "a request for Evidence");
                    stage.arrow(ATTACKER, "client", "the same request");
                    attacker.write(&frame(1, &request))?;
                }
                // Its Evidence, as ours.
                2 => {
                    stage.arrow("client", ATTACKER, "Evidence of the client");
                    stage.arrow(ATTACKER, "client", "the same Evidence");
                    attacker.write(&frame(2, &body))?;
                }
                _ => continue,
            }
            said = true;
        }
        if !said || outcome.is_err() {
            break;
        }
        outcome = converse(&mut *victim, &mut attacker).0;
    }
    stage.finish(victim, &mut attacker, outcome)
}

/// A client's request turned into one that a server may make: type 13 in place
/// of 17 (RFC 9261 section 4).
fn as_servers_request(request: &[u8]) -> Vec<u8> {
    let mut turned = request.to_vec();
    if let Some(kind) = turned.first_mut() {
        *kind = 13;
    }
    turned
}

/// The library's client where both ends attest.
fn mutual(laboratory: &Laboratory, observer: Instrument) -> Result<Box<dyn Player>, SetupError> {
    let settings = post::ClientSettings::new(
        Arc::clone(&laboratory.provider),
        laboratory.roots()?,
        laboratory.relying_party(),
    );
    let (identity, key) = laboratory.identity("client.example")?;
    let workload = laboratory.root.machine(2).launch(CODE, &key.spki());
    let attestation = post::Attestation {
        identity,
        attester: Arc::new(workload),
    };
    let client = post::Client::mutual(&settings, &attestation, server_name()?, now(), observer)?;
    Ok(Box::new(Seat::new(client)))
}

/// A client that attests and wants to be attested to, with one exported value
/// for both directions.
struct Bare {
    tls: Tls,
    laboratory: attested::RelyingParty,
    workload: mock_tee::Workload,
    stream: Vec<u8>,
    inbox: Vec<u8>,
    asked: bool,
    ready: bool,
}

impl Bare {
    fn new(laboratory: &Laboratory, observer: Instrument) -> Result<Self, SetupError> {
        let verifier = WebPkiServerVerifier::builder_with_provider(
            laboratory.roots()?,
            Arc::clone(&laboratory.provider),
        )
        .build()
        .map_err(|e| Unfit::new("trust anchors", e.to_string()))?;
        let config = client_config(&laboratory.provider, verifier, Some(&observer))?;
        let name: ServerName<'static> = server_name()?;
        let tls = ClientConnection::new(Arc::new(config), name).map_err(Error::from)?;
        Ok(Self {
            tls: Tls::new(tls, observer),
            laboratory: laboratory.relying_party(),
            workload: laboratory.root.machine(2).launch(CODE, NOBODY),
            stream: Vec::new(),
            inbox: Vec::new(),
            asked: false,
            ready: false,
        })
    }

    fn expected(&mut self) -> Result<Expected, Error> {
        let value = self
            .tls
            .export(LABEL, b"", 32)
            .map_err(authenticator::Error::from)?;
        Ok(Expected {
            challenge: Challenge::new(value.as_ref()).map_err(|e| {
                attested::ApiMisuse::Challenge {
                    length: 32,
                    reason: e.to_string(),
                }
            })?,
            key_hash: KeyHash::of(Hash::Sha256, NOBODY),
        })
    }

    fn advance(&mut self, octets: &[u8]) -> Result<(), Error> {
        let plaintext = self.tls.receive(octets)?;
        self.stream.extend(plaintext);
        if self.tls.connection.is_handshaking() {
            return Ok(());
        }
        if !self.asked {
            self.asked = true;
            self.tls.send(&frame(1, b"attest"))?;
        }
        for (kind, body) in frames(&mut self.stream) {
            match kind {
                1 => {
                    let expected = self.expected()?;
                    let made = self.workload.attest(&expected.challenge, Hash::Sha256)?;
                    self.tls.send(&frame(2, &made.octets))?;
                }
                2 => {
                    let expected = self.expected()?;
                    let cmw = evidence::wrap(&body).map_err(|e| {
                        attested::PeerMisbehaved::MalformedCmwAttestation {
                            reason: e.to_string(),
                        }
                    })?;
                    let observer = &mut self.tls.observer;
                    appraise(&self.laboratory, &cmw, &expected, NOW, |kind| {
                        event::Observer::observe(observer, kind);
                    })?;
                    self.ready = true;
                    self.tls.accept();
                }
                3 => self.inbox.extend(body),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Endpoint for Bare {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.advance(octets)
            .map_err(|error| self.tls.fail(error, "attestation"))
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        Err(Error::Truncated)
    }

    fn transmit(&mut self) -> Vec<u8> {
        self.tls.transmit()
    }
}

impl Attesting for Bare {
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
            framed: true,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::as_servers_request;
    use crate::machine::codec::{self, Reader};

    #[test]
    fn a_servers_request_differs_in_its_type_alone() {
        let request = codec::client_certificate_request(b"context");
        let turned = as_servers_request(&request);
        let (kind, body, _) = Reader(&turned).message().expect("well-formed");
        assert_eq!((kind, body), (13, &request[4..]));
    }
}
