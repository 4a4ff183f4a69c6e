//! A cursor over octets in the presentation language of RFC 8446 section 3.
//!
//! Every read is checked against what is left; an error names the octet.

/// Octets that are not the structure they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("octet {octet}: {what}")]
pub(crate) struct WireError {
    /// Offset in the message, from 0.
    pub(crate) octet: usize,
    /// What is wrong there.
    pub(crate) what: String,
}

impl WireError {
    pub(crate) fn at(octet: usize, what: impl Into<String>) -> Self {
        Self {
            octet,
            what: what.into(),
        }
    }
}

/// A cursor that remembers its place in the whole message.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self {
            rest: octets,
            position: 0,
        }
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left, without a further check.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take(&mut self, count: usize, what: &str) -> Result<&'a [u8], WireError> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(WireError::at(
                self.position,
                format!("{what} needs {count} octets, {} are left", self.rest.len()),
            ));
        };
        self.rest = rest;
        self.position += count;
        Ok(taken)
    }

    pub(crate) fn u8(&mut self, what: &str) -> Result<u8, WireError> {
        Ok(self.number(1, what)? as u8)
    }

    pub(crate) fn u16(&mut self, what: &str) -> Result<u16, WireError> {
        Ok(self.number(2, what)? as u16)
    }

    /// `opaque what<0..2^8-1>`.
    pub(crate) fn vector8(&mut self, what: &str) -> Result<Self, WireError> {
        self.vector(1, what)
    }

    /// `opaque what<0..2^16-1>`.
    pub(crate) fn vector16(&mut self, what: &str) -> Result<Self, WireError> {
        self.vector(2, what)
    }

    /// `opaque what<0..2^24-1>`.
    pub(crate) fn vector24(&mut self, what: &str) -> Result<Self, WireError> {
        self.vector(3, what)
    }

    /// Refuses octets after the structure.
    pub(crate) fn end(&self, what: &str) -> Result<(), WireError> {
        if self.is_empty() {
            return Ok(());
        }
        Err(WireError::at(
            self.position,
            format!("{} octets follow the {what}", self.rest.len()),
        ))
    }

    fn vector(&mut self, width: usize, what: &str) -> Result<Self, WireError> {
        let length = self.number(width, what)?;
        let position = self.position;
        let rest = self.take(length, what)?;
        Ok(Self { rest, position })
    }

    /// At most three octets, so the value fits any `usize` of 32 bits or more.
    fn number(&mut self, width: usize, what: &str) -> Result<usize, WireError> {
        let octets = self.take(width, what)?;
        Ok(octets
            .iter()
            .fold(0, |value, octet| value << 8 | usize::from(*octet)))
    }
}
