//! Octets that many values share.
//!
//! A message is kept once; its fields, the terms that denote them and the
//! copies of a match in progress refer to parts of it. Equality and order are
//! those of the octets, whoever keeps them.

use std::{
    cmp::Ordering,
    fmt,
    ops::{Deref, Range},
    sync::Arc,
};

/// A part of octets that are kept together.
#[derive(Clone)]
pub(crate) struct Octets {
    whole: Arc<[u8]>,
    /// Within `whole`.
    part: Range<usize>,
}

impl Octets {
    /// These octets, shared where they lie in the same memory, else copied.
    pub(crate) fn share(&self, octets: &[u8]) -> Self {
        let from = (octets.as_ptr() as usize).wrapping_sub(self.whole.as_ptr() as usize);
        match from.checked_add(octets.len()) {
            Some(to) if to <= self.whole.len() => Self {
                whole: Arc::clone(&self.whole),
                part: from..to,
            },
            _ => Self::from(octets),
        }
    }
}

impl Default for Octets {
    fn default() -> Self {
        Self::from(&[][..])
    }
}

impl Deref for Octets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // The range was one of this very memory when it was made.
        self.whole.get(self.part.clone()).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Octets {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<&[u8]> for Octets {
    fn from(octets: &[u8]) -> Self {
        Self {
            whole: octets.into(),
            part: 0..octets.len(),
        }
    }
}

impl From<Vec<u8>> for Octets {
    fn from(octets: Vec<u8>) -> Self {
        let part = 0..octets.len();
        Self {
            whole: octets.into(),
            part,
        }
    }
}

impl PartialEq for Octets {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Octets {}

impl PartialOrd for Octets {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Octets {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(other)
    }
}

/// May be secret: only how many they are.
impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} octets>", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Octets;

    #[test]
    fn parts_are_shared_and_what_lies_elsewhere_is_copied() {
        let whole = Octets::from(vec![1, 2, 3, 4]);
        let part = whole.share(&whole[1..3]);
        assert_eq!(*part, [2, 3]);
        assert_eq!(part.as_ptr(), whole[1..].as_ptr());
        // A part may give back the rest of what it is a part of.
        assert_eq!(*part.share(&whole[..1]), [1]);
        let elsewhere = [2, 3];
        let copy = whole.share(&elsewhere);
        assert_eq!(copy, part);
        assert_ne!(copy.as_ptr(), part.as_ptr());
        assert!(whole.share(&[]).is_empty());
    }
}
