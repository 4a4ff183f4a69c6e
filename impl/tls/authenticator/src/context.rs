//! `certificate_request_context`: the name of one exchange.

use std::fmt;

use crate::error::ApiMisuse;

/// 0 to 255 bytes, unique among all requests of a connection, whichever side
/// sent them (RFC 9261 §4). Draw it at random so that the peer cannot prepare
/// an answer; 32 bytes are plenty.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
pub struct Context(Vec<u8>);

impl Context {
    /// # Errors
    /// [`ApiMisuse::TooLong`] above 255 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, ApiMisuse> {
        if bytes.len() > 255 {
            return Err(ApiMisuse::TooLong {
                what: "certificate_request_context",
                length: bytes.len(),
                limit: 255,
            });
        }
        Ok(Self(bytes.to_vec()))
    }

    /// From an 8-bit vector, which cannot be too long.
    pub(crate) fn from_vec8(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl AsRef<[u8]> for Context {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in &self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}
