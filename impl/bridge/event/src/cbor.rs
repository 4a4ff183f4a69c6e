//! Recordings as a CBOR sequence (RFC 8742) in deterministic encoding.
//!
//! Invariant: the two forms say the same. Each CBOR item is one JSON line, `h`
//! included, translated by a rule that loses nothing, so the hash chain is that
//! of the JSON form and converting there and back gives the same octets. A
//! reader translates back, translates forth again to see that the item was the
//! one encoding of its line, and leaves every other check to [`read()`].
//!
//! The rule: map keys that `KEYS` lists become their position there; the hex
//! text under `h` and `cm` becomes a byte string; a map of `h` alone becomes
//! that byte string. Map keys are in the order of RFC 8949 section 4.2.1.

use ciborium::Value as Cbor;
use serde_json::{Map, Value as Json};

use crate::{
    canonical::canonical,
    read::{ReadError, read},
    recording::Recording,
    write::{WriteError, to_json_lines},
};

/// The field names of the format; new ones go at the end, with a new minor
/// version.
const KEYS: [&str; 68] = [
    "h",
    "i",
    "p",
    "s",
    "k",
    "c",
    "t",
    "S",
    "cm",
    "len",
    "b",
    "src",
    "group",
    "kx",
    "pub",
    "peer",
    "shared",
    "dir",
    "ht",
    "enc",
    "key",
    "seq",
    "label",
    "ctx",
    "scheme",
    "tbs",
    "sig",
    "ok",
    "fmt",
    "input",
    "claims",
    "ak",
    "of",
    "expected",
    "policy",
    "verdict",
    "why",
    "what",
    "code",
    "at",
    "name",
    "args",
    "op",
    "recipe",
    "to",
    "id",
    "ver",
    "profile",
    "spec",
    "model",
    "impl",
    "det",
    "secrecy",
    "obs",
    "parties",
    "sessions",
    "sha256",
    "derived_sha256",
    "mapping_sha256",
    "version",
    "tls",
    "provider",
    "mode",
    "seed",
    "kind",
    "role",
    "priv",
    "der",
];

/// No record nests deeper than this.
const DEPTH: usize = 16;

/// Why octets are not a recording in CBOR.
#[derive(Debug, thiserror::Error)]
pub enum CborReadError {
    #[error("record {record}, octet {octet}: not one CBOR item: {reason}")]
    NotCbor {
        /// 1 is the head.
        record: u64,
        /// Offset of the item from the start of the recording.
        octet: u64,
        reason: String,
    },
    #[error("record {record}, octet {octet}: not the deterministic encoding of a record")]
    NotDeterministic { record: u64, octet: u64 },
    #[error("in the JSON form of the recording: {0}")]
    Recording(#[from] ReadError),
}

/// The recording as a CBOR sequence.
pub fn to_cbor(recording: &Recording) -> Result<Vec<u8>, WriteError> {
    let lines = to_json_lines(recording)?;
    let mut octets = Vec::new();
    for line in lines.split_inclusive(|&octet| octet == b'\n') {
        // Our own writer's line is JSON.
        let line: Json = serde_json::from_slice(line).map_err(std::io::Error::from)?;
        octets.extend(encode(&line)?);
    }
    Ok(octets)
}

/// Reads a CBOR sequence.
pub fn from_cbor(octets: &[u8]) -> Result<Recording, CborReadError> {
    let mut lines = Vec::new();
    let mut rest = octets;
    let mut record = 0;
    while !rest.is_empty() {
        record += 1;
        let start = rest;
        let octet = (octets.len() - start.len()) as u64;
        let item: Cbor =
            ciborium::de::from_reader_with_recursion_limit(&mut rest, DEPTH).map_err(|error| {
                CborReadError::NotCbor {
                    record,
                    octet,
                    reason: error.to_string(),
                }
            })?;
        let not_deterministic = || CborReadError::NotDeterministic { record, octet };
        let line = to_json(item).ok_or_else(not_deterministic)?;
        let item = &start[..start.len() - rest.len()];
        if encode(&line).ok().as_deref() != Some(item) {
            return Err(not_deterministic());
        }
        let text = canonical(&line).ok_or_else(not_deterministic)?;
        lines.extend(text.into_bytes());
        lines.push(b'\n');
    }
    Ok(read(&lines[..])?)
}

fn encode(line: &Json) -> Result<Vec<u8>, std::io::Error> {
    let mut octets = Vec::new();
    ciborium::into_writer(&to_cbor_value(line), &mut octets).map_err(|error| match error {
        ciborium::ser::Error::Io(error) => error,
        ciborium::ser::Error::Value(reason) => std::io::Error::other(reason),
    })?;
    Ok(octets)
}

fn to_cbor_value(json: &Json) -> Cbor {
    match json {
        Json::Null => Cbor::Null,
        Json::Bool(flag) => Cbor::Bool(*flag),
        // Canonical JSON has no other numbers; one that came here would come
        // back as null and be refused as different.
        Json::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(natural), _) => natural.into(),
            (None, Some(integer)) => integer.into(),
            (None, None) => Cbor::Null,
        },
        Json::String(text) => Cbor::Text(text.clone()),
        Json::Array(items) => Cbor::Array(items.iter().map(to_cbor_value).collect()),
        Json::Object(fields) => {
            if let (1, Some(octets)) = (fields.len(), fields.get("h").and_then(octets)) {
                return Cbor::Bytes(octets);
            }
            let mut entries: Vec<_> = fields
                .iter()
                .map(|(name, value)| {
                    let value = match name.as_str() {
                        "h" | "cm" => octets(value).map(Cbor::Bytes),
                        _ => None,
                    }
                    .unwrap_or_else(|| to_cbor_value(value));
                    (key(name), value)
                })
                .collect();
            entries.sort_by_cached_key(|(key, _)| encoded_key(key));
            Cbor::Map(entries)
        }
    }
}

/// `None` for what [`to_cbor_value`] never makes.
fn to_json(cbor: Cbor) -> Option<Json> {
    match cbor {
        Cbor::Null => Some(Json::Null),
        Cbor::Bool(flag) => Some(Json::Bool(flag)),
        Cbor::Integer(number) => u64::try_from(number)
            .map(Json::from)
            .or_else(|_| i64::try_from(number).map(Json::from))
            .ok(),
        Cbor::Text(text) => Some(Json::String(text)),
        Cbor::Array(items) => items.into_iter().map(to_json).collect(),
        Cbor::Bytes(octets) => {
            let text = Json::String(hex::encode(octets));
            Some(Json::Object(Map::from_iter([("h".to_owned(), text)])))
        }
        Cbor::Map(entries) => entries
            .into_iter()
            .map(|(key, value)| {
                let name = name(key)?;
                let value = match value {
                    Cbor::Bytes(octets) if matches!(name.as_str(), "h" | "cm") => {
                        Json::String(hex::encode(octets))
                    }
                    other => to_json(other)?,
                };
                Some((name, value))
            })
            .collect(),
        _ => None,
    }
}

/// The octets of lower-case hex.
fn octets(text: &Json) -> Option<Vec<u8>> {
    let text = text.as_str()?;
    let octets = hex::decode(text).ok()?;
    (hex::encode(&octets) == text).then_some(octets)
}

fn key(name: &str) -> Cbor {
    match KEYS.iter().position(|key| *key == name) {
        Some(position) => (position as u64).into(),
        None => Cbor::Text(name.to_owned()),
    }
}

fn name(key: Cbor) -> Option<String> {
    match key {
        Cbor::Text(name) => Some(name),
        Cbor::Integer(position) => {
            let position = usize::try_from(position).ok()?;
            KEYS.get(position).map(|&name| name.to_owned())
        }
        _ => None,
    }
}

/// Keys are short integers or text, whose encoding starts with their length.
fn encoded_key(key: &Cbor) -> Vec<u8> {
    let mut octets = Vec::new();
    // Writing to a `Vec` does not fail.
    let written = ciborium::into_writer(key, &mut octets);
    debug_assert!(written.is_ok());
    octets
}
