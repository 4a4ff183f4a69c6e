//! What a recording says before its first event.

use authenticator::Role;
use event::Bytes;
use event::recording::{
    Determinism, DeterminismMode, FORMAT, Head, Implementation, Observability, Party, PartyKind,
    Profile, SecrecyMode, Session, Setup, SetupValue, VERSION,
};

use crate::Failure;
use crate::family::{Carrier, Family, Suite};
use crate::session::{CLIENT, HELD, SERVER};
use crate::stimulus::Stimulus;
use crate::world::{CLIENT_NAME, NAME, World};

pub(crate) fn head(
    world: &World,
    family: Family,
    (suite, carrier): (Suite, Carrier),
    stimulus: &Stimulus,
) -> Head {
    let party = |id, role: Role, name: &str| Party {
        id,
        kind: match stimulus.by == Some(role) {
            true => PartyKind::Attacker,
            false => PartyKind::Honest,
        },
        role: Some(name.to_owned()),
        name: name.to_owned(),
    };
    let session = |party| Session {
        party,
        session: 1,
        label: None,
    };
    let folder = match carrier {
        Carrier::Quic => format!("{}-quic", family.folder()),
        Carrier::Tls => family.folder().to_owned(),
    };
    let mut spec = match family.profile() {
        Profile::Post => vec!["rfc8446", "rfc9261", "draft-fossati-seat-expat-03"],
        Profile::Pre | Profile::Intra => vec!["rfc8446", "rfc9999"],
    };
    if carrier == Carrier::Quic {
        spec.insert(1, "rfc9001");
    }
    Head {
        format: FORMAT.to_owned(),
        version: VERSION,
        // Names the run by what it is; its draws tell it from others.
        id: hex::encode(sha(&format!("{folder} {suite:?} {}", stimulus.name))),
        profile: family.profile(),
        spec: spec.into_iter().map(str::to_owned).collect(),
        model: None,
        implementation: Implementation {
            name: "attested".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            tls: "rustls 0.23".to_owned(),
            provider: match world.seed() {
                None => "ring 0.17",
                Some(_) => "ring 0.17; x25519-dalek 2 and p256 0.13 from the seed",
            }
            .to_owned(),
        },
        determinism: match world.seed() {
            None => Determinism {
                mode: DeterminismMode::Live,
                seed: None,
            },
            Some(seed) => Determinism {
                mode: DeterminismMode::Seeded,
                seed: Some(hex::encode(seed)),
            },
        },
        secrecy: SecrecyMode::Full,
        observability: Observability::O3,
        parties: vec![
            party(CLIENT, Role::Client, "Client"),
            party(SERVER, Role::Server, "Server"),
        ],
        sessions: vec![session(CLIENT), session(SERVER)],
    }
}

fn sha(text: &str) -> [u8; 16] {
    use sha2::{Digest as _, Sha256};
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(text)[..16]);
    id
}

/// What model and run both take as given.
pub(crate) fn setup(world: &World, family: Family) -> Result<Vec<Setup>, Failure> {
    let key = |octets: Vec<u8>| SetupValue::Key {
        public: Bytes::clear(octets),
        private: None,
    };
    let octets = |octets: Vec<u8>| SetupValue::ReferenceValue {
        octets: Bytes::clear(octets),
    };
    let text = |text: &str| SetupValue::Name {
        text: text.to_owned(),
    };
    let certificate = |octets: &[u8]| SetupValue::Certificate {
        der: Bytes::clear(octets.to_vec()),
    };
    let identity = world.identity();
    let leaf = identity
        .chain
        .first()
        .map(AsRef::as_ref)
        .unwrap_or_default();
    let mut all = vec![
        ("ak", key(world.attestation_key())),
        ("ca", key(world.authority_spki())),
        ("key", key(world.spki())),
        ("leaf", certificate(leaf)),
        ("name", text(NAME)),
        ("reference", octets(world.reference()?)),
    ];
    match family.profile() {
        Profile::Post => all.extend([("aik", key(world.spki())), ("aik_leaf", certificate(leaf))]),
        Profile::Pre => all.extend([
            ("ek", key(world.spki())),
            (HELD, octets(Vec::new())),
            ("statement", text("key")),
        ]),
        Profile::Intra => all.extend([("ek", key(world.spki())), (HELD, octets(Vec::new()))]),
    }
    if family.has_known_clients() {
        all.extend([
            ("client-aik", key(world.client_spki())),
            ("client-ak", key(world.attestation_key())),
            ("peer", text(CLIENT_NAME)),
        ]);
    }
    all.sort_by_key(|(id, _)| *id);
    let record = |(id, value): (&str, SetupValue)| Setup {
        id: id.to_owned(),
        value,
        model: None,
    };
    let mut all: Vec<Setup> = all.into_iter().map(record).collect();
    if family.has_known_clients() {
        all.extend(rows(world));
    }
    Ok(all)
}

/// Tables the model's roles look up: who the client is and where it runs, and
/// what the server knows of clients.
fn rows(world: &World) -> [Setup; 3] {
    let identity = world.client_identity();
    let leaf = identity.chain.first().map(|leaf| leaf.to_vec());
    let row = |table: &str, columns: Vec<Vec<u8>>| Setup {
        id: format!("row of {table}"),
        value: SetupValue::Row {
            row: columns.into_iter().map(Bytes::clear).collect(),
        },
        model: Some(table.to_owned()),
    };
    [
        row("authorities", vec![world.authority_spki()]),
        row(
            "client_identities",
            vec![
                CLIENT_NAME.as_bytes().to_vec(),
                world.client_spki(),
                leaf.unwrap_or_default(),
            ],
        ),
        row("machines", vec![world.attestation_key()]),
    ]
}
