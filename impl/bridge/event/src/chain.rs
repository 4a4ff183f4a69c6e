//! The hash chain over the records of a recording.
//!
//! Every record, the foot included, carries `h`: the first 16 octets of
//! SHA-256 over the `h` before it (16 zero octets before the head) and its own
//! canonical text without `h`. Altering, removing, inserting or reordering
//! lines breaks the chain at the first line that differs. It protects against
//! accidents and careless edits, not against somebody who recomputes it: the
//! chain has no key.

use sha2::{Digest, Sha256};

/// The value of `h`.
pub(crate) type Link = [u8; 16];

#[derive(Clone, Debug, Default)]
pub(crate) struct Chain {
    last: Link,
}

impl Chain {
    /// Appends a record and returns its `h`.
    pub(crate) fn append(&mut self, canonical: &str) -> Link {
        let digest = Sha256::new()
            .chain_update(self.last)
            .chain_update(canonical)
            .finalize();
        self.last.copy_from_slice(&digest[..16]);
        self.last
    }
}
