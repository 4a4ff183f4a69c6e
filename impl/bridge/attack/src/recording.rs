//! The head and setup of an attack's recording.

use authenticator::Role;
use ciborium::Value as Cbor;
use event::recording::{
    Determinism, DeterminismMode, FORMAT, Head, Implementation, Observability, Party, PartyKind,
    Profile, SecrecyMode, Session, Setup, SetupValue, VERSION,
};
use event::{Bytes, Event, Kind};

use crate::dialect::Dialect;
use crate::enact::Seated;
use crate::laboratory::{CODE, Laboratory};
use crate::machine::{codec, x509};
use crate::target::Given;

/// Who took part. The attacker has no taps; what leaked to it is recorded.
pub(crate) fn head(dialect: Dialect, parties: &[Seated]) -> Head {
    let role = |role| match role {
        Role::Client => "Client",
        Role::Server => "Server",
    };
    Head {
        format: FORMAT.to_owned(),
        version: VERSION,
        id: crate::laboratory::draw::<16>()
            .unwrap_or_default()
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect(),
        profile: match dialect {
            Dialect::Pre => Profile::Pre,
            Dialect::Intra | Dialect::Woven => Profile::Intra,
            Dialect::Post => Profile::Post,
        },
        spec: vec!["rfc8446".to_owned()],
        model: None,
        implementation: Implementation {
            name: "attested".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            tls: "rustls 0.23".to_owned(),
            provider: "ring 0.17".to_owned(),
        },
        determinism: Determinism {
            mode: DeterminismMode::Live,
            seed: None,
        },
        secrecy: SecrecyMode::Full,
        observability: Observability::O3,
        parties: parties
            .iter()
            .map(|it| Party {
                id: it.party,
                kind: PartyKind::Honest,
                role: Some(role(it.role).to_owned()),
                name: crate::scene::lane(&it.who),
            })
            .chain([Party {
                id: attacker(parties),
                kind: PartyKind::Attacker,
                role: None,
                name: crate::scene::ATTACKER.to_owned(),
            }])
            .collect(),
        sessions: parties
            .iter()
            .map(|it| Session {
                party: it.party,
                session: 1,
                label: None,
            })
            .chain([Session {
                party: attacker(parties),
                session: 1,
                label: None,
            }])
            .collect(),
    }
}

/// The attacker's number: one more than the last.
pub(crate) fn attacker(parties: &[Seated]) -> u32 {
    parties.len() as u32 + 1
}

/// What model and run both take as given.
pub(crate) fn setup(
    laboratory: &Laboratory,
    dialect: Dialect,
    parties: &[Seated],
    servers: &[(String, Given)],
    events: &[Event],
) -> Vec<Setup> {
    let key = |octets: Vec<u8>| SetupValue::Key {
        public: Bytes::clear(octets),
        private: None,
    };
    let server = servers.first().map(|(_, given)| given);
    let machine = match server {
        Some(given) => given.machine.clone(),
        None => laboratory.root.machine(1),
    };
    let ak = machine.attestation_key().subject_public_key_info();
    let mut given = vec![
        ("ak", key(ak)),
        ("ca", key(laboratory.authority.spki())),
        (
            "reference",
            SetupValue::ReferenceValue {
                octets: Bytes::clear(measurement()),
            },
        ),
    ];
    if dialect != Dialect::Post {
        // The certificate is made for the connection, and its Evidence before
        // it or with it: what was shown is what was given.
        let shown = events.iter().find_map(shown).unwrap_or_default();
        let held = match dialect {
            Dialect::Pre => x509::read(&shown).ok().and_then(|said| said.cmw),
            _ => None,
        };
        let octets = Bytes::clear(held.unwrap_or_default());
        given.push(("held", SetupValue::ReferenceValue { octets }));
        let der = Bytes::clear(shown);
        given.push(("leaf", SetupValue::Certificate { der }));
        let text = "key".to_owned();
        given.push(("statement", SetupValue::Name { text }));
        if let Some(server) = server {
            given.push(("ek", key(server.key.spki())));
        }
    }
    if let Some(server) = server {
        given.push(("key", key(server.key.spki())));
        given.push(("aik", key(server.key.spki())));
        if dialect == Dialect::Post
            && let Some(leaf) = &server.leaf
        {
            for id in ["leaf", "aik_leaf"] {
                let der = Bytes::clear(leaf.clone());
                given.push((id, SetupValue::Certificate { der }));
            }
        }
    }
    let mut all: Vec<Setup> = given
        .into_iter()
        .map(|(id, value)| (id.to_owned(), value))
        .chain(parties.iter().map(|it| {
            let text = it.name.clone();
            let id = format!("{}/name", crate::scene::lane(&it.who));
            (id, SetupValue::Name { text })
        }))
        .chain(servers.iter().flat_map(|(lane, given)| {
            let spki = given.key.spki();
            let keys = ["aik", "ek", "key"].map(|id| (format!("{lane}/{id}"), key(spki.clone())));
            let leaf = given.leaf.iter().flat_map(move |leaf| {
                let der = Bytes::clear(leaf.clone());
                ["aik_leaf", "leaf"].map(|id| {
                    let der = der.clone();
                    (format!("{lane}/{id}"), SetupValue::Certificate { der })
                })
            });
            keys.into_iter().chain(leaf)
        }))
        .map(|(id, value)| Setup {
            id,
            model: None,
            value,
        })
        .collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

/// Certificates that everybody has, whether or not their server took part.
pub(crate) fn publish(setup: &mut Vec<Setup>, certificates: Vec<Vec<u8>>) {
    for (number, der) in (1..).zip(certificates) {
        setup.push(Setup {
            id: format!("published {number}/leaf"),
            model: None,
            value: SetupValue::Certificate {
                der: Bytes::clear(der),
            },
        });
    }
    setup.sort_by(|a, b| a.id.cmp(&b.id));
}

/// The end entity in a Certificate message.
fn shown(event: &Event) -> Option<Vec<u8>> {
    match &event.kind {
        Kind::Handshake { octets, .. } => {
            let read = codec::read_certificate(octets.as_slice()?)?;
            read.chain.into_iter().next()
        }
        _ => None,
    }
}

/// The measurements claim as Evidence carries it.
fn measurement() -> Vec<u8> {
    let entries = mock_tee::measure(CODE).0.into_iter();
    let map = entries.map(|(register, digest)| (Cbor::Text(register), Cbor::Bytes(digest)));
    let mut octets = Vec::new();
    ciborium::into_writer(&Cbor::Map(map.collect()), &mut octets)
        .expect("writing to memory does not fail");
    octets
}
