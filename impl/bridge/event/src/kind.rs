//! What can be observed: one variant of [`Kind`] for each kind of event.
//!
//! To add a kind: add the variant here with its wire name, its key numbers in
//! `cbor.rs`, a line in the round-trip test, and raise the minor version in
//! `recording.rs`; the matcher refuses recordings it has no meaning for.
//!
//! Field names are short on the wire and long in Rust; the `serde` attribute
//! beside each field is the wire format. No field is called `h`, which is the
//! hash chain's. An absent value is an absent key, never `null`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bytes::Bytes;

/// One observed step, without its place in the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "k")]
pub enum Kind {
    /// A Verifier has appraised Evidence.
    #[serde(rename = "appraise")]
    Appraise {
        /// Index of the `evid` event that produced the Evidence, where the
        /// recording has it.
        #[serde(skip_serializing_if = "Option::is_none")]
        of: Option<u64>,
        /// The challenge the Verifier expected the Evidence to have signed.
        expected: Bytes,
        /// SHA-256 of the appraisal policy.
        policy: Bytes,
        verdict: Appraisal,
        /// The step that refused and why, for a reader; never matched.
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },

    /// A move of the attacker in an enacted attack.
    #[serde(rename = "atk")]
    Attack {
        op: AttackMove,
        #[serde(skip_serializing_if = "Option::is_none")]
        recipe: Option<String>,
        #[serde(rename = "b", skip_serializing_if = "Option::is_none")]
        octets: Option<Bytes>,
        /// Party the octets were given to.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<u32>,
    },

    /// An endpoint has decided.
    #[serde(rename = "dec")]
    Decision {
        what: Decision,
        /// `ok`, or the stable name of the refusal.
        code: String,
        /// The step at which it was decided.
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<String>,
    },

    /// Random octets were drawn.
    #[serde(rename = "draw")]
    Draw {
        #[serde(rename = "b")]
        octets: Bytes,
        #[serde(rename = "src")]
        source: DrawSource,
    },

    /// An Attester has produced Evidence.
    #[serde(rename = "evid")]
    Evidence {
        /// Media type of the Evidence.
        #[serde(rename = "fmt")]
        format: String,
        /// The challenge handed to the attesting environment.
        #[serde(rename = "input")]
        challenge: Bytes,
        claims: BTreeMap<String, ClaimValue>,
        /// The encoded Evidence, without its conceptual message wrapper.
        #[serde(rename = "b")]
        octets: Bytes,
        /// `id` of the attestation key's setup record.
        #[serde(rename = "ak")]
        attestation_key: String,
    },

    /// A keying-material exporter was called (RFC 8446 section 7.5).
    #[serde(rename = "export")]
    Export {
        label: String,
        /// The context; absent and empty are different calls with equal
        /// results in TLS 1.3.
        #[serde(rename = "ctx", skip_serializing_if = "Option::is_none")]
        context: Option<Bytes>,
        #[serde(rename = "b")]
        octets: Bytes,
    },

    /// Octets no model speaks of, put aside under the name of a declared gap.
    #[serde(rename = "gap")]
    Gap {
        id: String,
        #[serde(rename = "b", skip_serializing_if = "Option::is_none")]
        octets: Option<Bytes>,
        len: u64,
    },

    /// A handshake-type message, with its four-octet header, was sent or
    /// received.
    #[serde(rename = "hs")]
    Handshake {
        #[serde(rename = "dir")]
        direction: Direction,
        /// HandshakeType (RFC 8446 section 4): the first octet of `octets`.
        #[serde(rename = "ht")]
        handshake_type: u8,
        #[serde(rename = "enc")]
        protection: Protection,
        #[serde(rename = "b")]
        octets: Bytes,
    },

    /// A key share was generated.
    #[serde(rename = "kxgen")]
    KeyShare {
        /// NamedGroup (RFC 8446 section 4.2.7).
        group: u16,
        /// Names this key share within its party and session.
        #[serde(rename = "kx")]
        share: u32,
        #[serde(rename = "pub")]
        public: Bytes,
    },

    /// A key share was joined with the peer's into a shared secret.
    #[serde(rename = "kxjoin")]
    KeyExchange {
        group: u16,
        #[serde(rename = "kx")]
        share: u32,
        peer: Bytes,
        shared: Bytes,
    },

    /// The implementation claims to have reached an event of the model. A
    /// claim only: the matcher computes name and arguments for itself.
    #[serde(rename = "mev")]
    ModelEvent { name: String, args: Vec<Bytes> },

    /// A TLS record crossed the socket.
    #[serde(rename = "rec")]
    Record {
        #[serde(rename = "dir")]
        direction: Direction,
        #[serde(rename = "b")]
        octets: Bytes,
        /// Label of the traffic secret that protects it; absent from a record
        /// that opens under none the endpoint has.
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        #[serde(rename = "seq", skip_serializing_if = "Option::is_none")]
        sequence: Option<u64>,
    },

    /// The key schedule yielded a secret under its key-log label
    /// (`CLIENT_HANDSHAKE_TRAFFIC_SECRET`, ..., `EXPORTER_SECRET`).
    #[serde(rename = "secret")]
    Secret {
        label: String,
        #[serde(rename = "b")]
        octets: Bytes,
    },

    /// A private key signed.
    #[serde(rename = "sign")]
    Sign {
        /// `id` of the key's setup record.
        key: String,
        /// SignatureScheme (RFC 8446 section 4.2.3).
        scheme: u16,
        /// The octets signed, before any hashing by the scheme.
        tbs: Bytes,
        #[serde(rename = "sig")]
        signature: Bytes,
    },

    /// A signature was checked.
    #[serde(rename = "verify")]
    Verify {
        /// SubjectPublicKeyInfo, DER.
        key: Bytes,
        scheme: u16,
        tbs: Bytes,
        #[serde(rename = "sig")]
        signature: Bytes,
        ok: bool,
    },
}

impl Kind {
    /// Every string of octets in the event, in the order of the wire names.
    pub fn octets(&self) -> Vec<&Bytes> {
        match self {
            Self::Appraise {
                expected, policy, ..
            } => vec![expected, policy],
            Self::Attack { octets, .. } | Self::Gap { octets, .. } => octets.iter().collect(),
            Self::Decision { .. } => Vec::new(),
            Self::Draw { octets, .. }
            | Self::Handshake { octets, .. }
            | Self::Record { octets, .. }
            | Self::Secret { octets, .. } => vec![octets],
            Self::Evidence {
                challenge,
                claims,
                octets,
                ..
            } => {
                let mut all = vec![octets];
                all.extend(claims.values().filter_map(|claim| match claim {
                    ClaimValue::Bytes(bytes) => Some(bytes),
                    ClaimValue::Integer(_) | ClaimValue::Text(_) => None,
                }));
                all.push(challenge);
                all
            }
            Self::Export {
                context, octets, ..
            } => std::iter::once(octets).chain(context).collect(),
            Self::KeyExchange { peer, shared, .. } => vec![peer, shared],
            Self::KeyShare { public, .. } => vec![public],
            Self::ModelEvent { args, .. } => args.iter().collect(),
            Self::Sign { tbs, signature, .. } => vec![signature, tbs],
            Self::Verify {
                key,
                tbs,
                signature,
                ..
            } => vec![key, signature, tbs],
        }
    }

    /// The wire name of the kind, such as `kxgen`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Appraise { .. } => "appraise",
            Self::Attack { .. } => "atk",
            Self::Decision { .. } => "dec",
            Self::Draw { .. } => "draw",
            Self::Evidence { .. } => "evid",
            Self::Export { .. } => "export",
            Self::Gap { .. } => "gap",
            Self::Handshake { .. } => "hs",
            Self::KeyExchange { .. } => "kxjoin",
            Self::KeyShare { .. } => "kxgen",
            Self::ModelEvent { .. } => "mev",
            Self::Record { .. } => "rec",
            Self::Secret { .. } => "secret",
            Self::Sign { .. } => "sign",
            Self::Verify { .. } => "verify",
        }
    }
}

/// What a claim in Evidence says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ClaimValue {
    Bytes(Bytes),
    Integer(i64),
    Text(String),
}

/// The outcome of an appraisal, in the words of draft-ietf-rats-ar4si.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Appraisal {
    #[serde(rename = "affirm")]
    Affirming,
    #[serde(rename = "contra")]
    Contraindicated,
    #[serde(rename = "none")]
    None,
}

/// What the attacker did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttackMove {
    Drop,
    Forge,
    Inject,
    Leak,
    Learn,
    Redirect,
}

/// What an endpoint decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    Accept,
    Alert,
    Close,
    Reject,
}

/// Seen from the party the event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    In,
    Out,
}

/// Who asked for randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DrawSource {
    /// The application, as for a certificate request context.
    #[serde(rename = "app")]
    Application,
    /// The attesting environment.
    #[serde(rename = "te")]
    AttestingEnvironment,
    /// The TLS stack.
    #[serde(rename = "tls")]
    Tls,
}

/// The protection a handshake-type message travels under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protection {
    /// Application traffic keys (post-handshake messages of TLS itself).
    #[serde(rename = "app")]
    Application,
    /// RFC 9261: carried by the application, outside the TLS handshake.
    #[serde(rename = "ea")]
    Authenticator,
    /// Handshake traffic keys.
    #[serde(rename = "hs")]
    Handshake,
    /// Plaintext.
    #[serde(rename = "none")]
    None,
}
