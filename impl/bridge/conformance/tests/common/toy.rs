//! Both ends of one session, written from the RFCs for these tests alone.
//!
//! It shares no code with the endpoints nor with the gate, so that agreement of
//! the three means something. Its server can depart from the protocol in one
//! place and make everything else right, with every signature and MAC computed
//! anew: honest traffic with a flipped bit never gets past the first MAC. Its
//! client accepts whatever it gets and says that it verified everything, which
//! is what an endpoint without any check would record.

use ed25519_dalek::{Signer as _, SigningKey};
use event::kind::{Appraisal, Decision, Direction, DrawSource, Protection};
use event::recording::{PartyKind, Setup, SetupValue};
use event::{Bytes, Kind, Recorder, Recording, Tap};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256, Sha384};
use x25519_dalek::{PublicKey, StaticSecret};

use super::laboratory::head;

/// One departure from the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    AuthenticatorContext(&'static [u8]),
    AuthenticatorExporterContext,
    AuthenticatorExporterLength,
    AuthenticatorFinished,
    AuthenticatorFinishedKeyOfOtherHash,
    AuthenticatorFinishedLength,
    AuthenticatorForeignIssuer,
    AuthenticatorForeignName,
    AuthenticatorInPlain,
    AuthenticatorLabelOfTheClient,
    AuthenticatorLeafInTranscript,
    AuthenticatorMacOfOtherHash,
    AuthenticatorMacOfTranscript,
    AuthenticatorNoName,
    AuthenticatorOrder,
    AuthenticatorScheme,
    AuthenticatorSignature,
    AuthenticatorSpaces(usize),
    AuthenticatorTranscriptOrder,
    BinderLabel(&'static str),
    BinderOfAnotherSession,
    BinderOperandsSwapped,
    BinderOtherHash,
    BinderWithoutExporter,
    BinderWithoutKey,
    CertificateForeignIssuer,
    CertificateForeignName,
    CertificateInPlain,
    CertificateListEmpty,
    CertificateNoName,
    CertificateVerifyForeignKey,
    CertificateVerifyInPlain,
    CertificateVerifyTrailing,
    CertificateVerifyWithoutZero,
    ContextNotEchoed,
    EarlyDataAccepted,
    EvidenceForeignKey,
    EvidenceMalformed,
    ExtensionsInPlain,
    ExtensionsMalformed,
    FinishedInPlain,
    FinishedKeyOfOtherHash,
    FinishedLength,
    FinishedWrong,
    HelloRetryRequest,
    KeyLogWrong,
    MeasurementWrong,
    RequestOfType13,
}

const NAME: &str = "server.example";
const SPKI_HEAD: &str = "302a300506032b6570032100";
const MEASUREMENTS: &str = "a16370636b5820";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn spki(key: &SigningKey) -> Vec<u8> {
    [
        hex::decode(SPKI_HEAD).expect("hex"),
        key.verifying_key().to_bytes().to_vec(),
    ]
    .concat()
}

fn hash(data: &[u8]) -> Vec<u8> {
    Sha256::digest(data).to_vec()
}

fn mac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(key).expect("any length");
    mac.chain_update(data).finalize().into_bytes().to_vec()
}

/// HKDF-Expand-Label by hand: one or two blocks are enough here.
fn expand(secret: &[u8], label: &str, context: &[u8], length: usize) -> Vec<u8> {
    let mut info = (length as u16).to_be_bytes().to_vec();
    let label = format!("tls13 {label}");
    info.push(label.len() as u8);
    info.extend(label.as_bytes());
    info.push(context.len() as u8);
    info.extend(context);
    let first = mac(secret, &[&info[..], &[1]].concat());
    let second = mac(secret, &[&first[..], &info, &[2]].concat());
    [first, second].concat()[..length].to_vec()
}

/// The first block of HKDF-Expand-Label with the hash of other suites.
fn expand_sha384(secret: &[u8], label: &str, context: &[u8], length: usize) -> Vec<u8> {
    let label = format!("tls13 {label}");
    let info = [
        &(length as u16).to_be_bytes()[..],
        &vector(1, label.as_bytes()),
        &vector(1, context),
        &[1],
    ];
    let mac = <Hmac<Sha384> as hmac::Mac>::new_from_slice(secret).expect("any length");
    let block = mac.chain_update(info.concat()).finalize().into_bytes();
    block[..length].to_vec()
}

fn exporter(secret: &[u8], label: &str, context: &[u8], length: usize) -> Vec<u8> {
    let derived = expand(secret, label, &hash(b""), 32);
    expand(&derived, "exporter", &hash(context), length)
}

fn vector(width: usize, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u32).to_be_bytes();
    [&length[4 - width..], data].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [vec![kind], vector(3, body)].concat()
}

fn extension(code: u16, data: &[u8]) -> Vec<u8> {
    [code.to_be_bytes().to_vec(), vector(2, data)].concat()
}

/// DER: tag, length, value.
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let mut octets = vec![tag];
    match length {
        0..=127 => octets.push(length as u8),
        128..=255 => octets.extend([0x81, length as u8]),
        _ => octets.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    octets.extend(value);
    octets
}

/// A certificate for `name`, or for nobody, issued by `issuer`.
fn certificate(subject: &SigningKey, name: Option<&str>, issuer: &SigningKey) -> Vec<u8> {
    let algorithm = der(0x30, &hex::decode("06032b6570").expect("hex"));
    let validity = der(
        0x30,
        &[der(0x17, b"260101000000Z"), der(0x17, b"360101000000Z")].concat(),
    );
    let mut fields = vec![
        der(0xa0, &der(0x02, &[2])),
        der(0x02, &[5]),
        algorithm.clone(),
        der(0x30, b""),
        validity,
        der(0x30, b""),
        spki(subject),
    ];
    if let Some(name) = name {
        let names = der(0x30, &der(0x82, name.as_bytes()));
        let san = der(
            0x30,
            &[hex::decode("0603551d11").expect("hex"), der(0x04, &names)].concat(),
        );
        fields.push(der(0xa3, &der(0x30, &san)));
    }
    let tbs = der(0x30, &fields.concat());
    let signature = issuer.sign(&tbs).to_bytes();
    let bits = der(0x03, &[&[0], &signature[..]].concat());
    der(0x30, &[tbs, algorithm, bits].concat())
}

/// The TBSCertificate inside, which ends before algorithm and signature.
fn tbs_of(certificate: &[u8]) -> Vec<u8> {
    let head = if certificate[1] == 0x81 { 3 } else { 4 };
    certificate[head..certificate.len() - 7 - 67].to_vec()
}

fn byte_string(data: &[u8]) -> Vec<u8> {
    match data.len() {
        0..=23 => [&[0x40 | data.len() as u8], data].concat(),
        24..=255 => [&[0x58, data.len() as u8], data].concat(),
        _ => [&[0x59], &(data.len() as u16).to_be_bytes()[..], data].concat(),
    }
}

fn text(data: &str) -> Vec<u8> {
    [&[0x78, data.len() as u8], data.as_bytes()].concat()
}

struct Evidence {
    wrapped: Vec<u8>,
    cmw: Vec<u8>,
}

fn evidence(signer: &SigningKey, challenge: &[u8], program: u8, aik: &SigningKey) -> Evidence {
    let profile = "tag:attested-tls.example,2026:software-attester";
    let claims = [
        vec![0xa5, 0x0a],
        byte_string(challenge),
        hex::decode("19010701").expect("hex"),
        hex::decode("190109").expect("hex"),
        text(profile),
        hex::decode("3a00011170").expect("hex"),
        measurements(program),
        hex::decode("3a00011171").expect("hex"),
        byte_string(&hash(&spki(aik))),
    ]
    .concat();
    let protected = hex::decode("a10127").expect("hex");
    let signed = [
        hex::decode("846a5369676e617475726531").expect("hex"),
        byte_string(&protected),
        vec![0x40],
        byte_string(&claims),
    ]
    .concat();
    let wrapped = [
        vec![0xd2, 0x84],
        byte_string(&protected),
        vec![0xa0],
        byte_string(&claims),
        byte_string(&signer.sign(&signed).to_bytes()),
    ]
    .concat();
    let media_type = format!("application/eat+cwt; eat_profile=\"{profile}\"");
    let cmw = [
        vec![0x83],
        text(&media_type),
        byte_string(&wrapped),
        vec![0x04],
    ]
    .concat();
    Evidence { wrapped, cmw }
}

fn measurements(program: u8) -> Vec<u8> {
    [hex::decode(MEASUREMENTS).expect("hex"), vec![program; 32]].concat()
}

struct Ends {
    client: Tap,
    server: Tap,
}

impl Ends {
    fn handshake(&self, from_client: bool, protection: Protection, octets: &[u8]) {
        let (sender, receiver) = match from_client {
            true => (&self.client, &self.server),
            false => (&self.server, &self.client),
        };
        for (tap, direction) in [(sender, Direction::Out), (receiver, Direction::In)] {
            tap.record(Kind::Handshake {
                direction,
                handshake_type: octets[0],
                protection,
                octets: Bytes::clear(octets),
            });
        }
    }

    fn both(&self, kind: &Kind) {
        self.client.record(kind.clone());
        self.server.record(kind.clone());
    }

    fn sign(&self, id: &str, signer: &SigningKey, tbs: &[u8]) -> Vec<u8> {
        let signature = signer.sign(tbs).to_bytes();
        self.server.record(Kind::Sign {
            key: id.into(),
            scheme: 0x0807,
            tbs: Bytes::clear(tbs),
            signature: Bytes::clear(signature),
        });
        signature.to_vec()
    }

    /// The client says that it verified, whether or not it is so.
    fn verified(&self, key: &[u8], tbs: &[u8], signature: &[u8]) {
        self.client.record(Kind::Verify {
            key: Bytes::clear(key),
            scheme: 0x0807,
            tbs: Bytes::clear(tbs),
            signature: Bytes::clear(signature),
            ok: true,
        });
    }
}

fn draw(tap: &Tap, octets: &[u8], source: DrawSource) {
    tap.record(Kind::Draw {
        octets: Bytes::clear(octets),
        source,
    });
}

fn secret(label: &str, octets: &[u8]) -> Kind {
    Kind::Secret {
        label: label.into(),
        octets: Bytes::session_secret(octets),
    }
}

fn signature_content(context: &str, digest: &[u8]) -> Vec<u8> {
    [&[0x20; 64], context.as_bytes(), &[0], digest].concat()
}

fn certificate_verify(signature: &[u8]) -> Vec<u8> {
    message(15, &[vec![0x08, 0x07], vector(2, signature)].concat())
}

/// A session in which the server departs from the protocol in at most one
/// place. With a departure the server is the attacker's.
pub fn session(departure: Option<Departure>) -> Recording {
    use Departure as D;
    let is = |d: Departure| departure == Some(d);
    let protected = |plain: Departure, otherwise| match is(plain) {
        true => Protection::None,
        false => otherwise,
    };
    let recorder = Recorder::new();
    let ends = Ends {
        client: recorder.tap(1, 1),
        server: recorder.tap(2, 1),
    };
    let (ca, other_ca, leaf_key, ak) = (key(1), key(9), key(2), key(3));
    let leaf = certificate(&leaf_key, Some(NAME), &ca);

    // --- ClientHello, ServerHello
    let (x, y) = (StaticSecret::from([11; 32]), StaticSecret::from([12; 32]));
    let (gx, gy) = (PublicKey::from(&x), PublicKey::from(&y));
    let shared = x.diffie_hellman(&gy);
    draw(&ends.client, &[0x41; 32], DrawSource::Tls);
    draw(&ends.client, &[0x42; 32], DrawSource::Tls);
    let share = |tap: &Tap, public: &PublicKey| {
        tap.record(Kind::KeyShare {
            group: 29,
            share: 0,
            public: Bytes::clear(public.as_bytes()),
        });
    };
    share(&ends.client, &gx);
    let entry = [vec![0, 29], vector(2, gx.as_bytes())].concat();
    let ch = message(
        1,
        &[
            vec![3, 3],
            vec![0x42; 32],
            vector(1, &[0x41; 32]),
            vector(2, &[0x13, 0x01]),
            vec![1, 0],
            vector(
                2,
                &[
                    extension(43, &[2, 3, 4]),
                    extension(51, &vector(2, &entry)),
                    extension(13, &[0, 2, 8, 7]),
                ]
                .concat(),
            ),
        ]
        .concat(),
    );
    ends.handshake(true, Protection::None, &ch);
    let retry = hash(b"HelloRetryRequest");
    let random = if is(D::HelloRetryRequest) {
        retry
    } else {
        vec![0x43; 32]
    };
    draw(&ends.server, &random, DrawSource::Tls);
    share(&ends.server, &gy);
    let sh = message(
        2,
        &[
            vec![3, 3],
            random,
            vector(1, &[0x41; 32]),
            vec![0x13, 0x01, 0],
            vector(
                2,
                &[
                    extension(43, &[3, 4]),
                    extension(51, &[vec![0, 29], vector(2, gy.as_bytes())].concat()),
                ]
                .concat(),
            ),
        ]
        .concat(),
    );
    ends.handshake(false, Protection::None, &sh);
    for (tap, peer) in [(&ends.client, &gy), (&ends.server, &gx)] {
        tap.record(Kind::KeyExchange {
            group: 29,
            share: 0,
            peer: Bytes::clear(peer.as_bytes()),
            shared: Bytes::session_secret(shared.as_bytes()),
        });
    }

    // --- the server's flight
    let early = mac(&[0; 32], &[0; 32]);
    let hs = mac(
        &expand(&early, "derived", &hash(b""), 32),
        shared.as_bytes(),
    );
    let mut transcript = [ch, sh].concat();
    let chts = expand(&hs, "c hs traffic", &hash(&transcript), 32);
    let shts = expand(&hs, "s hs traffic", &hash(&transcript), 32);
    ends.both(&secret("CLIENT_HANDSHAKE_TRAFFIC_SECRET", &chts));
    let logged = if is(D::KeyLogWrong) { &chts } else { &shts };
    ends.both(&secret("SERVER_HANDSHAKE_TRAFFIC_SECRET", logged));
    let ee = match departure {
        Some(D::ExtensionsMalformed) => message(8, &[0, 4, 0]),
        Some(D::EarlyDataAccepted) => message(8, &vector(2, &extension(42, b""))),
        _ => message(8, &[0, 0]),
    };
    ends.handshake(
        false,
        protected(D::ExtensionsInPlain, Protection::Handshake),
        &ee,
    );
    transcript.extend(&ee);

    let handshake_leaf = match departure {
        Some(D::CertificateForeignIssuer) => certificate(&leaf_key, Some(NAME), &other_ca),
        Some(D::CertificateForeignName) => certificate(&leaf_key, Some("other.example"), &ca),
        Some(D::CertificateNoName) => certificate(&leaf_key, None, &ca),
        _ => leaf.clone(),
    };
    let entry = [vector(3, &handshake_leaf), vec![0, 0]].concat();
    let list = if is(D::CertificateListEmpty) {
        Vec::new()
    } else {
        entry
    };
    let crt = message(11, &[vec![0], vector(3, &list)].concat());
    ends.handshake(
        false,
        protected(D::CertificateInPlain, Protection::Handshake),
        &crt,
    );
    transcript.extend(&crt);

    let mut content = signature_content("TLS 1.3, server CertificateVerify", &hash(&transcript));
    if is(D::CertificateVerifyWithoutZero) {
        content.remove(content.len() - 33);
    }
    let signer = if is(D::CertificateVerifyForeignKey) {
        key(8)
    } else {
        leaf_key.clone()
    };
    let signature = ends.sign("key", &signer, &content);
    let mut cv = certificate_verify(&signature);
    if is(D::CertificateVerifyTrailing) {
        cv.push(0);
        cv[3] += 1;
    }
    ends.handshake(
        false,
        protected(D::CertificateVerifyInPlain, Protection::Handshake),
        &cv,
    );
    ends.verified(&spki(&leaf_key), &content, &signature);
    let tbs = tbs_of(&handshake_leaf);
    ends.verified(
        &spki(&ca),
        &tbs,
        &handshake_leaf[handshake_leaf.len() - 64..],
    );
    transcript.extend(&cv);

    let finished_key = match is(D::FinishedKeyOfOtherHash) {
        true => expand_sha384(&shts, "finished", b"", 32),
        false => expand(&shts, "finished", b"", 32),
    };
    let mut verify_data = mac(&finished_key, &hash(&transcript));
    match departure {
        Some(D::FinishedWrong) => verify_data[0] ^= 1,
        Some(D::FinishedLength) => verify_data.push(0),
        _ => {}
    }
    let fin = message(20, &verify_data);
    ends.handshake(
        false,
        protected(D::FinishedInPlain, Protection::Handshake),
        &fin,
    );
    transcript.extend(&fin);

    // --- secrets, the client's Finished
    let master = mac(&expand(&hs, "derived", &hash(b""), 32), &[0; 32]);
    for (label, name) in [
        ("c ap traffic", "CLIENT_TRAFFIC_SECRET_0"),
        ("s ap traffic", "SERVER_TRAFFIC_SECRET_0"),
        ("exp master", "EXPORTER_SECRET"),
    ] {
        let value = expand(&master, label, &hash(&transcript), 32);
        ends.both(&secret(name, &value));
    }
    let ems = expand(&master, "exp master", &hash(&transcript), 32);
    let finished_key = expand(&chts, "finished", b"", 32);
    let cfin = message(20, &mac(&finished_key, &hash(&transcript)));
    ends.handshake(true, Protection::Handshake, &cfin);

    // --- the request
    let context = [0x51; 32];
    draw(&ends.client, &context, DrawSource::Application);
    let offers = [extension(13, &[0, 2, 8, 7]), extension(0xff00, b"")].concat();
    let kind = if is(D::RequestOfType13) { 13 } else { 17 };
    let creq = message(kind, &[vector(1, &context), vector(2, &offers)].concat());
    ends.handshake(true, Protection::Authenticator, &creq);

    // --- Evidence
    let label = match departure {
        Some(D::BinderLabel(label)) => label,
        _ => "Attestation",
    };
    let exported = exporter(&ems, label, &context, 32);
    let binder = match departure {
        Some(D::BinderWithoutExporter) => hash(&[spki(&leaf_key), context.to_vec()].concat()),
        Some(D::BinderWithoutKey) => hash(&exported),
        Some(D::BinderOperandsSwapped) => hash(&[exported, spki(&leaf_key)].concat()),
        Some(D::BinderOtherHash) => Sha384::digest([spki(&leaf_key), exported].concat()).to_vec(),
        Some(D::BinderOfAnotherSession) => hash(b"another session"),
        _ => hash(&[spki(&leaf_key), exported].concat()),
    };
    let signer = if is(D::EvidenceForeignKey) {
        key(7)
    } else {
        ak.clone()
    };
    let program = if is(D::MeasurementWrong) { 2 } else { 1 };
    let mut evidence = evidence(&signer, &binder, program, &leaf_key);
    ends.server.record(Kind::Evidence {
        format: "application/eat+cwt".into(),
        challenge: Bytes::clear(binder.as_slice()),
        claims: Default::default(),
        octets: Bytes::clear(evidence.wrapped),
        attestation_key: "ak".into(),
    });
    if is(D::EvidenceMalformed) {
        evidence.cmw.pop();
    }

    // --- the authenticator
    let client_label = is(D::AuthenticatorLabelOfTheClient);
    let side = if client_label { "client" } else { "server" };
    let exporter_context = match is(D::AuthenticatorExporterContext) {
        true => &context[..],
        false => b"",
    };
    let length = if is(D::AuthenticatorExporterLength) {
        64
    } else {
        32
    };
    let label = format!("EXPORTER-{side} authenticator handshake context");
    let handshake_context = exporter(&ems, &label, exporter_context, length);
    let label = "EXPORTER-server authenticator finished key";
    let finished_key = match is(D::AuthenticatorFinishedKeyOfOtherHash) {
        true => {
            let derived = expand(&ems, label, &hash(b""), 32);
            expand_sha384(&derived, "exporter", &hash(b""), 32)
        }
        false => exporter(&ems, label, b"", 32),
    };
    let ea_leaf = match departure {
        Some(D::AuthenticatorForeignIssuer) => certificate(&leaf_key, Some(NAME), &other_ca),
        Some(D::AuthenticatorForeignName) => certificate(&leaf_key, Some("other.example"), &ca),
        Some(D::AuthenticatorNoName) => certificate(&leaf_key, None, &ca),
        _ => leaf.clone(),
    };
    let echoed = if is(D::ContextNotEchoed) {
        [0x52; 32]
    } else {
        context
    };
    let carrier = extension(0xff00, &vector(2, &evidence.cmw));
    let entry = [vector(3, &ea_leaf), vector(2, &carrier)].concat();
    let ecrt = message(11, &[vector(1, &echoed), vector(3, &entry)].concat());
    let mut transcript = match departure {
        Some(D::AuthenticatorTranscriptOrder) => [handshake_context, ecrt.clone(), creq].concat(),
        Some(D::AuthenticatorLeafInTranscript) => {
            [handshake_context, creq, ea_leaf.clone()].concat()
        }
        _ => [handshake_context, creq, ecrt.clone()].concat(),
    };
    let label = match departure {
        Some(D::AuthenticatorContext(label)) => core::str::from_utf8(label).expect("ASCII"),
        _ => "Exported Authenticator",
    };
    let mut content = signature_content(label, &hash(&transcript));
    if let Some(D::AuthenticatorSpaces(spaces)) = departure {
        content.splice(..64, vec![0x20; spaces]);
    }
    let signer = if is(D::AuthenticatorSignature) {
        key(8)
    } else {
        leaf_key.clone()
    };
    let signature = ends.sign("aik", &signer, &content);
    let mut ecv = certificate_verify(&signature);
    if is(D::AuthenticatorScheme) {
        ecv[4..6].copy_from_slice(&[4, 3]);
    }
    transcript.extend(&ecv);
    let mut verify_data = mac(&finished_key, &hash(&transcript));
    match departure {
        Some(D::AuthenticatorMacOfTranscript) => verify_data = mac(&finished_key, &transcript),
        Some(D::AuthenticatorMacOfOtherHash) => {
            verify_data = mac(&finished_key, &Sha384::digest(&transcript));
        }
        Some(D::AuthenticatorFinished) => verify_data[0] ^= 1,
        Some(D::AuthenticatorFinishedLength) => verify_data.truncate(31),
        _ => {}
    }
    let efin = message(20, &verify_data);
    let protection = protected(D::AuthenticatorInPlain, Protection::Authenticator);
    let parts = match is(D::AuthenticatorOrder) {
        true => [&ecrt, &efin, &ecv],
        false => [&ecrt, &ecv, &efin],
    };
    for part in parts {
        ends.server.record(Kind::Handshake {
            direction: Direction::Out,
            handshake_type: part[0],
            protection,
            octets: Bytes::clear(part.as_slice()),
        });
    }
    for part in parts {
        ends.client.record(Kind::Handshake {
            direction: Direction::In,
            handshake_type: part[0],
            protection,
            octets: Bytes::clear(part.as_slice()),
        });
    }
    ends.verified(&spki(&leaf_key), &content, &signature);
    ends.verified(
        &spki(&ca),
        &tbs_of(&ea_leaf),
        &ea_leaf[ea_leaf.len() - 64..],
    );
    ends.client.record(Kind::Appraise {
        of: None,
        expected: Bytes::clear(binder),
        policy: Bytes::clear([0; 32]),
        verdict: Appraisal::Affirming,
        why: None,
    });
    ends.both(&Kind::Decision {
        what: Decision::Accept,
        code: "ok".into(),
        at: None,
    });
    let mut recording = recorder.finish(head(), setup(&ca, &leaf_key, &ak, &leaf));
    if departure.is_some() {
        recording.head.parties[1].kind = PartyKind::Attacker;
    }
    recording
}

fn setup(ca: &SigningKey, leaf_key: &SigningKey, ak: &SigningKey, leaf: &[u8]) -> Vec<Setup> {
    let key = |id: &str, key: &SigningKey| {
        let value = SetupValue::Key {
            public: Bytes::clear(spki(key)),
            private: None,
        };
        (id.to_owned(), value)
    };
    let certificate = |id: &str| {
        let der = Bytes::clear(leaf);
        (id.to_owned(), SetupValue::Certificate { der })
    };
    let reference = SetupValue::ReferenceValue {
        octets: Bytes::clear(measurements(1)),
    };
    let all = [
        key("aik", leaf_key),
        certificate("aik_leaf"),
        key("ak", ak),
        key("ca", ca),
        key("key", leaf_key),
        certificate("leaf"),
        ("name".into(), SetupValue::Name { text: NAME.into() }),
        ("reference".into(), reference),
    ];
    all.into_iter()
        .map(|(id, value)| Setup {
            id,
            value,
            model: None,
        })
        .collect()
}
