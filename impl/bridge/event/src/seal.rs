//! Turning a full recording into one that may leave the place it was made.
//!
//! Every secret becomes the commitment HMAC-SHA256(key, mark || length ||
//! octets), with `mark` one octet (1 or 2) and `length` eight, big-endian. Equal
//! secrets have equal commitments within one key, so that equality can still be
//! seen; the octets cannot be found without the key, which belongs to one
//! recording and is not part of it.

use hmac::{Hmac, Mac, digest::Key};
use serde_json::Value;
use sha2::Sha256;

use crate::{
    bytes::{Bytes, Secrecy},
    line::Record,
    recording::{DeterminismMode, Recording, SecrecyMode},
};

/// The shortest secret that is committed to, in octets. Shorter ones could be
/// found by trying them all if the key became known.
pub const MIN_SECRET: u64 = 16;

/// Why a recording cannot be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("only a recording in full mode can be sealed")]
    NotFull,
    #[error("the seed of a seeded run gives away every secret; record a live run")]
    Seeded,
    #[error("a secret of {len} octets is too short to commit to")]
    ShortSecret { len: u64 },
    /// A record did not survive its own JSON form.
    #[error("a {record} record cannot be rewritten")]
    NotRewritten { record: &'static str },
}

/// The recording with a commitment in place of each secret.
pub fn seal(recording: &Recording, key: &[u8; 32]) -> Result<Recording, SealError> {
    if recording.head.secrecy != SecrecyMode::Full {
        return Err(SealError::NotFull);
    }
    if recording.head.determinism.mode == DeterminismMode::Seeded {
        return Err(SealError::Seeded);
    }
    let mut sealed = recording.clone();
    sealed.head.secrecy = SecrecyMode::Sealed;
    for setup in &mut sealed.setup {
        if let Record::Setup(rewritten) = rewrite(&Record::Setup(setup.clone()), key)? {
            *setup = rewritten;
        }
    }
    for event in &mut sealed.events {
        if let Record::Event(rewritten) = rewrite(&Record::Event(event.clone()), key)? {
            *event = rewritten;
        }
    }
    Ok(sealed)
}

fn rewrite(record: &Record, key: &[u8; 32]) -> Result<Record, SealError> {
    let not_rewritten = |_| SealError::NotRewritten {
        record: record.name(),
    };
    let mut value = serde_json::to_value(record).map_err(not_rewritten)?;
    commit_inside(&mut value, key)?;
    serde_json::from_value(value).map_err(not_rewritten)
}

/// Replaces what reads as a secret, wherever it stands: no field can be
/// forgotten here when the vocabulary grows.
fn commit_inside(value: &mut Value, key: &[u8; 32]) -> Result<(), SealError> {
    if let Some(secret) = as_secret(value) {
        let commitment = commit(&secret, key)?;
        *value = serde_json::to_value(commitment)
            .map_err(|_| SealError::NotRewritten { record: "secret" })?;
        return Ok(());
    }
    match value {
        Value::Array(items) => items
            .iter_mut()
            .try_for_each(|item| commit_inside(item, key)),
        Value::Object(fields) => fields.iter_mut().try_for_each(|(name, field)| {
            match field {
                // Names in here are the Evidence's, not ours: `S` may be one.
                Value::Object(claims) if name == "claims" => claims
                    .values_mut()
                    .try_for_each(|claim| commit_inside(claim, key)),
                field => commit_inside(field, key),
            }
        }),
        _ => Ok(()),
    }
}

fn as_secret(value: &Value) -> Option<Bytes> {
    value.get("S")?;
    serde_json::from_value(value.clone()).ok()
}

fn commit(secret: &Bytes, key: &[u8; 32]) -> Result<Bytes, SealError> {
    let (Some(octets), Some(secrecy)) = (secret.as_slice(), secret.secrecy()) else {
        // Committed to already, under whatever key.
        return Ok(secret.clone());
    };
    let len = secret.len();
    if len < MIN_SECRET {
        return Err(SealError::ShortSecret { len });
    }
    let mark = match secrecy {
        Secrecy::Session => 1_u8,
        Secrecy::LongTerm => 2,
    };
    // A key shorter than a block is followed by zeros (RFC 2104 section 2).
    let mut block = Key::<Hmac<Sha256>>::default();
    block[..key.len()].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block);
    mac.update(&[mark]);
    mac.update(&len.to_be_bytes());
    mac.update(octets);
    Ok(Bytes::commitment(
        mac.finalize().into_bytes().into(),
        len,
        secrecy,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed(octets: &[u8], key: u8) -> [u8; 32] {
        let sealed = commit(&Bytes::session_secret(octets), &[key; 32]).unwrap();
        assert_eq!(
            (sealed.len(), sealed.as_slice()),
            (octets.len() as u64, None)
        );
        *sealed.committed().unwrap()
    }

    #[test]
    fn equality_is_kept_under_one_key_and_no_other() {
        assert_eq!(committed(&[1; 32], 7), committed(&[1; 32], 7));
        assert_ne!(committed(&[1; 32], 7), committed(&[2; 32], 7));
        assert_ne!(committed(&[1; 32], 7), committed(&[1; 32], 8));
        assert_ne!(committed(&[1; 32], 7), committed(&[1; 33], 7));
        let long_term = commit(&Bytes::long_term_secret([1; 32]), &[7; 32]).unwrap();
        assert_ne!(committed(&[1; 32], 7), *long_term.committed().unwrap());
    }

    #[test]
    fn short_secrets_are_refused() {
        let pin = Bytes::session_secret([1; 15]);
        assert_eq!(
            commit(&pin, &[7; 32]),
            Err(SealError::ShortSecret { len: 15 })
        );
    }
}
