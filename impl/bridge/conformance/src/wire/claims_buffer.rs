//! What Evidence in a certificate is about: a map in deterministic CBOR (RFC
//! 8949 section 4.2.1) whose hash is the challenge. It never travels.
//!
//! ```text
//! { ? "validity": [not_before, not_after],      Unix seconds
//!   "pubkey-hash": bstr .cbor [1, digest] }     1: SHA-256
//! ```

use ciborium::Value;
use x509_cert::{der::Decode, time::Validity};

/// The buffer around the SHA-256 of a key, with a validity in DER where it is
/// stated; `None` if that is no validity.
pub(crate) fn encode(digest: &[u8], validity: Option<&[u8]>) -> Option<Vec<u8>> {
    let key_hash = Value::Array(vec![1.into(), Value::Bytes(digest.to_vec())]);
    let key_hash = (
        Value::Text("pubkey-hash".into()),
        Value::Bytes(cbor(&key_hash)?),
    );
    let mut members = Vec::new();
    if let Some(der) = validity {
        let validity: Validity = Validity::from_der(der).ok()?;
        let seconds = [validity.not_before, validity.not_after]
            .map(|time| Value::from(time.to_unix_duration().as_secs()));
        members.push((Value::Text("validity".into()), Value::Array(seconds.into())));
    }
    members.push(key_hash);
    cbor(&Value::Map(members))
}

fn cbor(value: &Value) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    ciborium::into_writer(value, &mut octets).ok()?;
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Octets put together by hand from RFC 8949.
    #[test]
    fn the_buffer_is_these_octets() {
        let key_hash = [
            &[0x6b][..],
            b"pubkey-hash",
            &[0x58, 36, 0x82, 0x01, 0x58, 32],
            &[7; 32],
        ]
        .concat();
        let alone = [&[0xa1][..], &key_hash].concat();
        assert_eq!(encode(&[7; 32], None), Some(alone));
        // 1970-01-01 00:00:01 to 2049-12-31 23:59:59, both UTCTime
        let der = [
            &[0x30, 30, 0x17, 13][..],
            b"700101000001Z",
            &[0x17, 13],
            b"491231235959Z",
        ]
        .concat();
        let validity = [
            &[0x68][..],
            b"validity",
            &[0x82, 0x01, 0x1a],
            &2_524_607_999_u32.to_be_bytes(),
        ]
        .concat();
        let both = [&[0xa2][..], &validity, &key_hash].concat();
        assert_eq!(encode(&[7; 32], Some(&der)), Some(both));
    }
}
