//! The passport model (RFC 9334 section 5.1): an Attestation Result that the
//! Attester fetched from a Verifier and shows itself.
//!
//! ```text
//! COSE_Sign1 by the Verifier over
//! { 4: uint                             exp, Unix seconds
//!   6: uint                             iat, Unix seconds
//!   ? 10: bstr .size (8..64)            eat_nonce: the challenge of one channel
//!   256: bstr                           ueid of the machine
//!   263: 0..4                           dbgstat
//!   265: tstr                           eat_profile
//!   1000: 2                             affirming (AR4SI); there is no other result
//!   -70001: { + tstr => bstr }          measurements, by register
//!   -70002: bstr .size (32 / 48)        digest of the public key the Attester holds
//!   -70003: tstr                        software, by the name the Verifier knows
//!   -70004: bstr .size 32               the Verifier's policy
//!   -70005: [ ? tstr, { * tstr => uint }, [* tstr], ? uint, ? tstr ] }
//!                                       standing: state, security versions, advisories,
//!                                       collateral issued, location; absent is null
//! ```
//!
//! Deterministic CBOR, no other claims. The shape is that of draft-ietf-rats-ear
//! in one layer; the profile is our own, so neither passes for the other.
//!
//! A result without `eat_nonce`, or with another channel's, is true of some
//! Attester and says nothing of the peer; in types it is [`NotChannelBound`].
//! Only [`crate::Verifier`] goes from there to an [`Appraised`], by comparing
//! nonce and key with what the Relying Party computed for its channel. The
//! Relying Party's own policy then judges the claims as it judges Evidence's.

use ciborium::Value;

use crate::{
    cbor::{self, sorted_map},
    challenge::{Challenge, Hex, KeyHash},
    claims::{Claims, DebugStatus, MachineId, Measurements},
    cmw::MessageType,
    cose::{Content, Sign1, integer},
    eat::{self, ClaimsError, ClaimsSet},
    evidence::Evidence,
    format::UnixSeconds,
    key::PublicKey,
    media_type::MediaType,
    policy::PassportTerms,
    result::Appraised,
    standing::Standing,
};

/// `eat_profile` of a result; also a parameter of its media type.
pub const PROFILE: &str = "tag:attested-tls.example,2026:attestation-result";

/// The largest result read, in octets.
pub const MAX_SIZE: usize = 8192;

/// `application/eat+cwt; eat_profile="..."` with [`PROFILE`].
pub fn media_type() -> MediaType {
    MediaType::with_parameter("application/eat+cwt", "eat_profile", PROFILE)
}

/// Whether a result is for one channel only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelBinding {
    /// It carries the challenge the Evidence had signed.
    Bound,
    /// It carries none. No channel accepts it.
    Unbound,
}

/// What a Verifier signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultClaims {
    pub issued: UnixSeconds,
    pub expires: UnixSeconds,
    pub nonce: Option<Challenge>,
    pub key_hash: KeyHash,
    pub software: String,
    pub policy_sha256: [u8; 32],
    pub debug: DebugStatus,
    pub machine: MachineId,
    pub measurements: Measurements,
    pub standing: Standing,
}

/// A result of an accepted Verifier, within its time: what was so of some
/// Attester. It is of no channel, and nothing makes it so but
/// [`crate::Verifier::appraise_cmw`].
///
/// ```compile_fail,E0451
/// fn forge(claims: rats::passport::ResultClaims) -> rats::passport::NotChannelBound {
///     rats::passport::NotChannelBound { claims, verifier: String::new() }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotChannelBound {
    claims: ResultClaims,
    verifier: String,
}

/// From when to when an Attestation Result is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    pub issued: UnixSeconds,
    pub expires: UnixSeconds,
}

impl Lifetime {
    /// Whether two thirds of it are over: time to fetch or ask for a new one.
    pub fn is_due(self, now: UnixSeconds) -> bool {
        let whole = self.expires.0.saturating_sub(self.issued.0);
        now.0.saturating_sub(self.issued.0) >= whole - whole / 3
    }

    /// Whether no Relying Party accepts it any more.
    pub fn has_ended(self, now: UnixSeconds) -> bool {
        now > self.expires
    }
}

/// What a result says of its time, for whoever holds it. Nothing is verified: that
/// is the Relying Party's to do.
///
/// # Errors
/// [`PassportFault::Malformed`] or [`PassportFault::Claims`] if it is no result of
/// [`PROFILE`].
pub fn lifetime(result: &Evidence) -> Result<Lifetime, PassportFault> {
    if result.message_type != MessageType::MediaType(media_type()) {
        return Err(malformed("its media type is that of Evidence"));
    }
    if result.octets.len() > MAX_SIZE {
        return Err(malformed("it is longer than 8192 octets"));
    }
    let message = Sign1::decode(&result.octets).map_err(malformed)?;
    let (claims, _) = ResultClaims::decode(&message.content.payload)
        .map_err(|ClaimsError(reason)| PassportFault::Claims { reason })?;
    Ok(claims.lifetime())
}

/// What can be wrong with an Attestation Result itself. One that is for another
/// connection is [`crate::Refusal::WronglyBound`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassportFault {
    #[error("the Attestation Result was altered: its Verifier's signature does not verify")]
    Altered,
    #[error("the Verifier signed something else than a result of this profile: {reason}")]
    Claims { reason: String },
    #[error(
        "the Attestation Result is valid until {} (Unix seconds), the time is {}: the Attester \
         must fetch a new one", expires.0, now.0
    )]
    Expired {
        expires: UnixSeconds,
        now: UnixSeconds,
    },
    #[error(
        "the Attestation Result was issued at {} (Unix seconds), the time is {}: check the \
         clocks here and at the Verifier", issued.0, now.0
    )]
    FromTheFuture {
        issued: UnixSeconds,
        now: UnixSeconds,
    },
    #[error("the Attestation Result is malformed: {reason}")]
    Malformed { reason: String },
    #[error("the Verifier does not affirm the Attester: its status is {status}")]
    NotAffirming { status: u64 },
    #[error(
        "the peer shows an Attestation Result, and the policy accepts none: it must send Evidence"
    )]
    NotTaken,
    #[error(
        "the Attestation Result is {age} seconds old, the policy allows {limit}: the Attester \
         must fetch a new one"
    )]
    TooOld { age: u64, limit: u64 },
    #[error(
        "the Attestation Result names no channel, so it may be anybody's: the Verifier must issue one for the challenge"
    )]
    Unbound,
    #[error("the Attestation Result is by the Verifier {kid}, which the policy does not name")]
    UnknownVerifier { kid: String },
}

impl ResultClaims {
    /// What there is to sign about an Attester this Verifier affirms.
    pub fn of(appraised: &Appraised, binding: ChannelBinding, expires: UnixSeconds) -> Self {
        let (result, claims) = (appraised.result(), appraised.claims());
        Self {
            issued: result.time,
            expires,
            nonce: match binding {
                ChannelBinding::Bound => Some(result.challenge.clone()),
                ChannelBinding::Unbound => None,
            },
            key_hash: result.key_hash.clone(),
            software: result.software.clone(),
            policy_sha256: result.policy_sha256,
            debug: claims.debug,
            machine: claims.machine.clone(),
            measurements: claims.measurements.clone(),
            standing: claims.standing.clone(),
        }
    }

    pub fn lifetime(&self) -> Lifetime {
        Lifetime {
            issued: self.issued,
            expires: self.expires,
        }
    }

    /// The message for `verifier` to sign.
    pub fn content(&self, verifier: &PublicKey) -> Content {
        Content {
            kid: verifier.id(),
            payload: self.encode(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut entries = vec![
            (integer(eat::EXP), self.expires.0.into()),
            (integer(eat::IAT), self.issued.0.into()),
            (integer(eat::UEID), Value::Bytes(self.machine.0.clone())),
            (integer(eat::DBGSTAT), self.debug.number().into()),
            (integer(eat::EAT_PROFILE), Value::Text(PROFILE.into())),
            (integer(eat::STATUS), AFFIRMING.into()),
            (
                integer(eat::MEASUREMENTS),
                eat::encode_measurements(&self.measurements),
            ),
            (
                integer(eat::AIK_PUB_HASH),
                Value::Bytes(self.key_hash.as_slice().to_vec()),
            ),
            (integer(eat::SOFTWARE), Value::Text(self.software.clone())),
            (
                integer(eat::POLICY),
                Value::Bytes(self.policy_sha256.to_vec()),
            ),
            (integer(eat::STANDING), encode_standing(&self.standing)),
        ];
        if let Some(nonce) = &self.nonce {
            let nonce = Value::Bytes(nonce.as_slice().to_vec());
            entries.push((integer(eat::EAT_NONCE), nonce));
        }
        cbor::encode(&sorted_map(entries))
    }

    fn decode(payload: &[u8]) -> Result<(Self, u64), ClaimsError> {
        let mut claims = ClaimsSet::decode(payload, PROFILE)?;
        let nonce = match claims.has(eat::EAT_NONCE) {
            true => Some(Challenge::new(claims.bytes(eat::EAT_NONCE)?).map_err(eat::wrong_claims)?),
            false => None,
        };
        let policy_sha256 = <[u8; 32]>::try_from(claims.bytes(eat::POLICY)?)
            .map_err(|_| eat::wrong_claims("its policy does not have 32 octets"))?;
        let status = claims.number(eat::STATUS)?;
        let decoded = Self {
            issued: UnixSeconds(claims.number(eat::IAT)?),
            expires: UnixSeconds(claims.number(eat::EXP)?),
            nonce,
            key_hash: claims.key_hash()?,
            software: claims.text(eat::SOFTWARE)?,
            policy_sha256,
            debug: claims.debug()?,
            machine: MachineId(claims.bytes(eat::UEID)?),
            measurements: eat::measurements(claims.take(eat::MEASUREMENTS)?)?,
            standing: decode_standing(&claims.take(eat::STANDING)?)?,
        };
        claims.end()?;
        Ok((decoded, status))
    }
}

impl NotChannelBound {
    /// Verifies a result: a Verifier that `terms` name, its signature, the
    /// time.
    pub fn verify(
        octets: &[u8],
        terms: &PassportTerms,
        now: UnixSeconds,
    ) -> Result<Self, PassportFault> {
        if octets.len() > MAX_SIZE {
            return Err(malformed("it is longer than 8192 octets"));
        }
        let message = Sign1::decode(octets).map_err(malformed)?;
        if message.endorsement.is_some() {
            return Err(malformed("a result carries no Endorsement"));
        }
        let kid = &message.content.kid;
        let (key, name) = terms
            .verifiers
            .iter()
            .find(|(key, _)| key.id() == *kid)
            .ok_or_else(|| PassportFault::UnknownVerifier {
                kid: Hex(kid).to_string(),
            })?;
        message.verify(key).map_err(|_| PassportFault::Altered)?;
        let (claims, status) = ResultClaims::decode(&message.content.payload)
            .map_err(|ClaimsError(reason)| PassportFault::Claims { reason })?;
        if status != AFFIRMING {
            return Err(PassportFault::NotAffirming { status });
        }
        claims.check_time(terms, now)?;
        Ok(Self {
            claims,
            verifier: name.clone(),
        })
    }

    /// What the Verifier signed.
    pub fn claims(&self) -> &ResultClaims {
        &self.claims
    }

    /// The Verifier, by the policy's name for it.
    pub fn verifier(&self) -> &str {
        &self.verifier
    }

    /// Until when a Relying Party with these terms accepts it.
    pub(crate) fn accepted(&self, terms: &PassportTerms) -> Lifetime {
        let Lifetime { issued, expires } = self.claims.lifetime();
        let oldest = UnixSeconds(issued.0.saturating_add(terms.maximum_age));
        Lifetime {
            issued,
            expires: expires.min(oldest),
        }
    }

    /// As claims to appraise, if the result names a channel at all.
    pub(crate) fn into_claims(self) -> Result<(Claims, String, String), PassportFault> {
        let claims = self.claims;
        let nonce = claims.nonce.ok_or(PassportFault::Unbound)?;
        let appraised = Claims {
            challenge: nonce.as_slice().to_vec(),
            debug: claims.debug,
            key_hash: Some(claims.key_hash),
            machine: claims.machine,
            measurements: claims.measurements,
            standing: claims.standing,
        };
        Ok((appraised, claims.software, self.verifier))
    }
}

impl ResultClaims {
    fn check_time(&self, terms: &PassportTerms, now: UnixSeconds) -> Result<(), PassportFault> {
        let Some(age) = now.0.checked_sub(self.issued.0) else {
            let issued = self.issued;
            return Err(PassportFault::FromTheFuture { issued, now });
        };
        if now > self.expires {
            let expires = self.expires;
            return Err(PassportFault::Expired { expires, now });
        }
        if age > terms.maximum_age {
            let limit = terms.maximum_age;
            return Err(PassportFault::TooOld { age, limit });
        }
        Ok(())
    }
}

/// The tier of draft-ietf-rats-ar4si.
const AFFIRMING: u64 = 2;

fn malformed(reason: impl ToString) -> PassportFault {
    PassportFault::Malformed {
        reason: reason.to_string(),
    }
}

fn encode_standing(standing: &Standing) -> Value {
    let text = |text: &str| Value::Text(text.to_owned());
    let components = standing.tcb_components.iter();
    let components = components.map(|(name, &version)| (text(name), version.into()));
    let advisories = standing.advisories.iter().map(|id| text(id)).collect();
    Value::Array(vec![
        standing
            .tcb_status
            .map_or(Value::Null, |status| text(status.as_str())),
        sorted_map(components.collect()),
        Value::Array(advisories),
        standing
            .collateral_issued
            .map_or(Value::Null, |issued| issued.0.into()),
        standing.location.as_deref().map_or(Value::Null, text),
    ])
}

fn decode_standing(value: &Value) -> Result<Standing, ClaimsError> {
    let text = |value: &Value| value.as_text().map(str::to_owned);
    let number = |value: &Value| value.as_integer().and_then(|n| u64::try_from(n).ok());
    let read = || {
        let [status, components, advisories, issued, location] = value.as_array()?.as_slice()
        else {
            return None;
        };
        let entry = |(name, version): &(Value, Value)| Some((text(name)?, number(version)?));
        Some(Standing {
            tcb_status: match status {
                Value::Null => None,
                word => Some(word.as_text()?.parse().ok()?),
            },
            tcb_components: Value::as_map(components)?
                .iter()
                .map(entry)
                .collect::<Option<_>>()?,
            advisories: Value::as_array(advisories)?
                .iter()
                .map(text)
                .collect::<Option<_>>()?,
            collateral_issued: match issued {
                Value::Null => None,
                at => Some(UnixSeconds(number(at)?)),
            },
            location: match location {
                Value::Null => None,
                name => Some(text(name)?),
            },
        })
    };
    // Only one form holds this standing: the one we would encode.
    match read() {
        Some(standing) if encode_standing(&standing) == *value => Ok(standing),
        _ => Err(eat::wrong_claims("its standing has another form")),
    }
}
