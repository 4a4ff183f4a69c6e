//! An authenticator: three handshake messages in a row, nothing between and
//! nothing after (RFC 9261 section 5.2).

use super::{Decoded, Reader, WireError};
use crate::octets::Octets;

const MESSAGES: [(&str, u8); 3] = [
    ("certificate", 11),
    ("certificate_verify", 15),
    ("finished", 20),
];

pub(super) fn decode(octets: &Octets) -> Result<Decoded, WireError> {
    let mut reader = Reader::new(octets);
    let mut decoded = Decoded::of(octets);
    for (name, expected) in MESSAGES {
        let start = reader.position();
        let found = reader.u8(name)?;
        if found != expected {
            return Err(WireError::at(
                start,
                format!("handshake type is {found}, a {name} ({expected}) should follow"),
            ));
        }
        reader.vector24(name)?;
        // Both ends lie in the octets just read.
        let message = octets.get(start..reader.position()).unwrap_or_default();
        decoded.field(name, message);
    }
    reader.end("authenticator")?;
    Ok(decoded)
}
