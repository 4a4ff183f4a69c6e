//! Hashing for tables that are only looked up, never listed.
//!
//! Keys are numbers of terms and symbols, which nobody outside can choose, so
//! that a multiplication and a rotation for each are enough.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A table of the inner loops. Its order means nothing and is never read.
pub type Table<K, V> = HashMap<K, V, BuildHasherDefault<Mixer>>;

/// A set of the inner loops, likewise.
pub type Seen<K> = HashSet<K, BuildHasherDefault<Mixer>>;

/// The hash so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mixer(u64);

impl Mixer {
    fn mix(&mut self, word: u64) {
        const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.mix(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, n: u32) {
        self.mix(u64::from(n));
    }

    fn write_u64(&mut self, n: u64) {
        self.mix(n);
    }

    fn write_usize(&mut self, n: usize) {
        self.mix(n as u64);
    }

    fn finish(&self) -> u64 {
        // The table uses the low bits and the highest seven.
        self.0 ^ (self.0 >> 32)
    }
}
