//! Recordings of the placements with Evidence in certificates, made afresh.

use std::sync::Arc;

use attested::observe::Instrument;
use attested::pre::{Authority, ServerIdentity, Statement, Vouching};
use attested::{intra, pair, pre};
use authenticator::Role;
use event::recording::{Profile, Setup, SetupValue};
use event::{Bytes, Kind, Recorder, Recording};
use rats::Attester;
use rustls::crypto::ring;
use rustls::pki_types::{PrivatePkcs8KeyDer, ServerName, UnixTime};

use super::laboratory::{NAME, World, head};

/// Who vouches for the server, beside its Evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Evidence in place of a certificate.
    Alone,
    /// The authority signed a certificate with the Evidence inside.
    Authority,
    /// A certificate of the authority's, and the Evidence behind it.
    Chain,
}

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_782_864_000))
}

impl World {
    fn vouching(&self, credential: Credential) -> Vouching {
        match credential {
            Credential::Alone => Vouching::Nobody,
            Credential::Authority => Vouching::Authority(Authority {
                certificate: self.authority_certificate(),
                key: {
                    let der = self.authority_key().serialize_der();
                    let der = PrivatePkcs8KeyDer::from(der).into();
                    ring::sign::any_supported_type(&der).expect("a key")
                },
            }),
            Credential::Chain => Vouching::Chain(self.identity.chain.clone()),
        }
    }

    fn identified_by(&self, credential: Credential) -> ServerIdentity {
        match credential {
            Credential::Alone => ServerIdentity::EvidenceInsteadOfName,
            _ => ServerIdentity::Pki(self.roots()),
        }
    }

    /// Attestation before the handshake: what both ends did, and whether the
    /// client accepted.
    pub fn record_pre(
        &self,
        credential: Credential,
        statement: Statement,
        attester: impl Attester + 'static,
    ) -> (Recording, bool) {
        let issuance = pre::Issuance {
            statement,
            ..pre::Issuance::new(
                Arc::clone(&self.identity.key),
                Arc::new(attester),
                self.vouching(credential),
                vec![NAME.to_owned()],
            )
        };
        let issued = issuance.issue(now(), &mut ()).expect("a certificate");
        let settings = pre::ServerSettings {
            provider: Arc::clone(&self.provider),
            identity: issued.identity().clone(),
        };
        let client = pre::ClientSettings {
            statement,
            ..pre::ClientSettings::new(
                Arc::clone(&self.provider),
                self.identified_by(credential),
                self.relying_party(),
            )
        };
        let recorder = Recorder::new();
        let [at_client, at_server] = ends(&recorder);
        let name = ServerName::try_from(NAME).expect("a name");
        let mut client = pre::Client::new(&client, name, now(), at_client).expect("a client");
        let mut server = pre::Server::new(&settings, now(), at_server).expect("a server");
        let _ = pair::run(&mut client, &mut server);
        let accepted = client.is_attested();
        let stated = match statement {
            Statement::Key => "key",
            Statement::KeyAndValidity => "key-and-validity",
        };
        (self.finish(recorder, Profile::Pre, stated), accepted)
    }

    /// The same during the handshake.
    pub fn record_intra(
        &self,
        credential: Credential,
        carrier: intra::Carrier,
        attester: impl Attester + 'static,
    ) -> (Recording, bool) {
        let settings = intra::ServerSettings {
            provider: Arc::clone(&self.provider),
            key: Arc::clone(&self.identity.key),
            attester: Arc::new(attester),
            vouching: self.vouching(credential),
            names: vec![NAME.to_owned()],
            protocols: Vec::new(),
        };
        let client = intra::ClientSettings {
            carrier,
            ..intra::ClientSettings::new(
                Arc::clone(&self.provider),
                self.identified_by(credential),
                self.relying_party(),
            )
        };
        let recorder = Recorder::new();
        let [at_client, at_server] = ends(&recorder);
        let name = ServerName::try_from(NAME).expect("a name");
        let mut client = intra::Client::new(&client, name, now(), at_client).expect("a client");
        let mut server = intra::Server::new(&settings, now(), at_server).expect("a server");
        let _ = pair::run(&mut client, &mut server);
        let accepted = client.is_attested();
        (self.finish(recorder, Profile::Intra, "key"), accepted)
    }

    /// Setup records: the leaf and the Evidence made earlier are what the
    /// server showed.
    fn finish(&self, recorder: Recorder, profile: Profile, stated: &str) -> Recording {
        let recording = recorder.finish(head(), Vec::new());
        let shown = shown(&recording).unwrap_or_default();
        let mut setup = self.setup();
        setup.retain(|setup| !matches!(setup.id.as_str(), "aik" | "aik_leaf" | "leaf"));
        let octets = |octets: &[u8]| SetupValue::ReferenceValue {
            octets: Bytes::clear(octets),
        };
        let (leaf, evidence) = match &shown[..] {
            [only] => (only.clone(), evidence_in(only)),
            [leaf, carrier] => (leaf.clone(), evidence_in(carrier)),
            _ => (Vec::new(), None),
        };
        let held = match profile {
            Profile::Pre => evidence.unwrap_or_default(),
            Profile::Intra | Profile::Post => Vec::new(),
        };
        let key = setup
            .iter()
            .find(|setup| setup.id == "key")
            .map(|setup| setup.value.clone())
            .expect("the key is set up");
        for (id, value) in [
            ("ek", key),
            ("held", octets(&held)),
            (
                "leaf",
                SetupValue::Certificate {
                    der: Bytes::clear(&leaf[..]),
                },
            ),
            (
                "statement",
                SetupValue::Name {
                    text: stated.to_owned(),
                },
            ),
        ] {
            setup.push(Setup {
                id: id.to_owned(),
                value,
                model: None,
            });
        }
        setup.sort_by(|a, b| a.id.cmp(&b.id));
        let mut head = head();
        head.profile = profile;
        Recording {
            head,
            setup,
            ..recording
        }
    }
}

fn ends(recorder: &Recorder) -> [Instrument; 2] {
    [
        Instrument::new(recorder.tap(1, 1), Role::Client),
        Instrument::new(recorder.tap(2, 1), Role::Server),
    ]
}

/// The certificates of the server's Certificate message.
fn shown(recording: &Recording) -> Option<Vec<Vec<u8>>> {
    let message = recording
        .events
        .iter()
        .find_map(|event| match &event.kind {
            Kind::Handshake {
                handshake_type: 11,
                octets,
                ..
            } => octets.as_slice(),
            _ => None,
        })?;
    let mut list = message.get(4 + 1 + 3..)?;
    let mut all = Vec::new();
    while !list.is_empty() {
        let length = usize::from(list[0]) << 16 | usize::from(list[1]) << 8 | usize::from(list[2]);
        all.push(list[3..3 + length].to_vec());
        list = &list[3 + length + 2..];
    }
    Some(all)
}

/// The wrapper in the id-pe-cmw extension: what follows the object identifier,
/// an OCTET STRING in an OCTET STRING, each with a length of two octets.
fn evidence_in(certificate: &[u8]) -> Option<Vec<u8>> {
    const OID: [u8; 10] = [0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 1, 35];
    let at = certificate
        .windows(OID.len())
        .position(|window| window == OID)?;
    let rest = certificate.get(at + OID.len()..)?;
    let [4, 0x82, _, _, 4, 0x82, high, low, rest @ ..] = rest else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    rest.get(..length).map(<[u8]>::to_vec)
}
