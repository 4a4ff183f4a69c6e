//! A recording that no session makes: refused in bounded memory and time.

mod common;

use std::io::{BufReader, Read};

use event::{Limits, ReadFault};

/// A recording of any length that is never in memory as a whole: its text up to
/// the foot, then one line again and again.
struct Endless {
    start: std::io::Cursor<Vec<u8>>,
    again: Vec<u8>,
    place: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.start.read(buffer)?;
        if count > 0 || buffer.is_empty() {
            return Ok(count);
        }
        let rest = &self.again[self.place..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.place = (self.place + count) % self.again.len();
        Ok(count)
    }
}
