//! Handshake framing: a type byte, a 24-bit length, a body (RFC 8446 §4).
//!
//! RFC 9261 hashes messages with this framing, and as received; so decoders
//! here hand back the very slice beside its meaning.

use crate::codec::{Reader, put_vec24};
use crate::error::{ApiMisuse, DecodeError, DecodeErrorKind};

/// Handshake types of RFC 9261's messages.
pub const CERTIFICATE: u8 = 11;
pub const CERTIFICATE_REQUEST: u8 = 13;
pub const CERTIFICATE_VERIFY: u8 = 15;
pub const CLIENT_CERTIFICATE_REQUEST: u8 = 17;
pub const FINISHED: u8 = 20;

/// Frames a body.
pub(crate) fn frame(typ: u8, body: &[u8]) -> Result<Vec<u8>, ApiMisuse> {
    let mut out = Vec::with_capacity(4 + body.len());
    out.push(typ);
    put_vec24(&mut out, body, "handshake message")?;
    Ok(out)
}

/// Reads the header of a message that must have type `expected`, and returns a
/// reader of exactly its body.
pub(crate) fn open<'a>(reader: &mut Reader<'a>, expected: u8) -> Result<Reader<'a>, DecodeError> {
    let at = reader.at();
    let found = reader.u8()?;
    if found != expected {
        return Err(reader.error_at(at, DecodeErrorKind::UnexpectedType { found, expected }));
    }
    reader.nested24()
}
