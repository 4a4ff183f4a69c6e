//! TLS presentation language, as far as three messages need it.
//!
//! Invariant: a [`Reader`] never reads past its slice and every error carries
//! the offset from the start of the whole input, so that the byte at fault can
//! be found in a hex dump. Vectors are length-prefixed, big-endian
//! (RFC 8446 §3.3, §3.4).

use crate::error::{ApiMisuse, DecodeError, DecodeErrorKind, Message};

/// A cursor over bytes received from a peer.
pub(crate) struct Reader<'a> {
    message: Message,
    /// Offset of `rest` from the start of the input.
    at: usize,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(message: Message, input: &'a [u8]) -> Self {
        Self {
            message,
            at: 0,
            rest: input,
        }
    }

    /// Names the message that later errors are about.
    pub(crate) fn entering(&mut self, message: Message) {
        self.message = message;
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        Ok(self.bytes(1)?[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        let bytes = self.bytes(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    pub(crate) fn u24(&mut self) -> Result<usize, DecodeError> {
        let bytes = self.bytes(3)?;
        Ok(usize::from(bytes[0]) << 16 | usize::from(bytes[1]) << 8 | usize::from(bytes[2]))
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let Some((head, tail)) = self.rest.split_at_checked(length) else {
            return Err(self.error(DecodeErrorKind::Truncated {
                missing: length - self.rest.len(),
            }));
        };
        self.at += length;
        self.rest = tail;
        Ok(head)
    }

    /// `opaque x<0..2^8-1>`
    pub(crate) fn vec8(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = usize::from(self.u8()?);
        self.bytes(length)
    }

    /// `opaque x<0..2^16-1>`
    pub(crate) fn vec16(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = usize::from(self.u16()?);
        self.bytes(length)
    }

    /// `opaque x<0..2^24-1>`
    pub(crate) fn vec24(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.u24()?;
        self.bytes(length)
    }

    /// A reader of the next 16-bit vector, keeping offsets absolute.
    pub(crate) fn nested16(&mut self) -> Result<Self, DecodeError> {
        let length = usize::from(self.u16()?);
        self.nested(length)
    }

    /// A reader of the next 24-bit vector, keeping offsets absolute.
    pub(crate) fn nested24(&mut self) -> Result<Self, DecodeError> {
        let length = self.u24()?;
        self.nested(length)
    }

    pub(crate) fn nested(&mut self, length: usize) -> Result<Self, DecodeError> {
        let at = self.at;
        Ok(Self {
            message: self.message,
            at,
            rest: self.bytes(length)?,
        })
    }

    /// Refuses anything that is left: a message ends where its length says.
    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.error(DecodeErrorKind::TrailingBytes {
            count: self.rest.len(),
        }))
    }

    pub(crate) fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        self.error_at(self.at, kind)
    }

    pub(crate) fn error_at(&self, at: usize, kind: DecodeErrorKind) -> DecodeError {
        DecodeError {
            message: self.message,
            kind,
            at,
        }
    }
}

pub(crate) fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(crate) fn put_vec8(
    out: &mut Vec<u8>,
    bytes: &[u8],
    what: &'static str,
) -> Result<(), ApiMisuse> {
    put_length(out, bytes.len(), 1, what)?;
    out.extend_from_slice(bytes);
    Ok(())
}

pub(crate) fn put_vec16(
    out: &mut Vec<u8>,
    bytes: &[u8],
    what: &'static str,
) -> Result<(), ApiMisuse> {
    put_length(out, bytes.len(), 2, what)?;
    out.extend_from_slice(bytes);
    Ok(())
}

pub(crate) fn put_vec24(
    out: &mut Vec<u8>,
    bytes: &[u8],
    what: &'static str,
) -> Result<(), ApiMisuse> {
    put_length(out, bytes.len(), 3, what)?;
    out.extend_from_slice(bytes);
    Ok(())
}

/// Writes `length` in `width` bytes (1, 2 or 3), or says that it does not fit.
fn put_length(
    out: &mut Vec<u8>,
    length: usize,
    width: usize,
    what: &'static str,
) -> Result<(), ApiMisuse> {
    let limit = (1usize << (8 * width)) - 1;
    if length > limit {
        return Err(ApiMisuse::TooLong {
            what,
            length,
            limit,
        });
    }
    out.extend_from_slice(&(length as u32).to_be_bytes()[4 - width..]);
    Ok(())
}
