//! What a path has gathered, shared with the paths that go on from it.
//!
//! A branch is copied at every step of a process, and what it has gathered by then
//! grows with the steps behind it. So copies have all but the last few entries in
//! common, and a process of n steps does not take n times as much for each.

use std::collections::BTreeMap;
use std::sync::Arc;

/// How many entries a copy has for itself.
const OWN: usize = 16;

/// A list that grows at its end.
#[derive(Clone, Debug)]
pub(crate) struct Trail<T> {
    before: Option<Arc<Block<T>>>,
    /// How many entries there are before the last ones.
    settled: usize,
    last: Vec<T>,
}

#[derive(Debug)]
struct Block<T> {
    before: Option<Arc<Self>>,
    entries: Vec<T>,
}

impl<T> Default for Trail<T> {
    fn default() -> Self {
        Self {
            before: None,
            settled: 0,
            last: Vec::new(),
        }
    }
}

impl<T> Trail<T> {
    /// Adds an entry.
    pub(crate) fn push(&mut self, entry: T) {
        if self.last.len() == OWN {
            self.settled += OWN;
            self.before = Some(Arc::new(Block {
                before: self.before.take(),
                entries: std::mem::take(&mut self.last),
            }));
        }
        self.last.push(entry);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.settled + self.last.len()
    }

    /// First to last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let mut blocks = vec![&self.last];
        let mut before = &self.before;
        while let Some(block) = before {
            blocks.push(&block.entries);
            before = &block.before;
        }
        blocks.into_iter().rev().flatten()
    }
}

impl<T> FromIterator<T> for Trail<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        let mut trail = Self::default();
        for entry in entries {
            trail.push(entry);
        }
        trail
    }
}

impl<T: PartialEq> PartialEq for Trail<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

/// A map that mostly grows.
#[derive(Clone, Debug)]
pub(crate) struct Layers<K, V> {
    below: Arc<BTreeMap<K, V>>,
    above: BTreeMap<K, V>,
}

impl<K, V> Default for Layers<K, V> {
    fn default() -> Self {
        Self {
            below: Arc::new(BTreeMap::new()),
            above: BTreeMap::new(),
        }
    }
}

impl<K: Copy + Ord, V: Copy> Layers<K, V> {
    /// Adds an entry, or replaces that of the key.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.above.insert(key, value);
        if self.above.len() > OWN {
            Arc::make_mut(&mut self.below).extend(std::mem::take(&mut self.above));
        }
    }

    /// The entry of a key.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.above.get(key).or_else(|| self.below.get(key))
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        let new = self.above.keys().filter(|k| !self.below.contains_key(k));
        self.below.len() + new.count()
    }

    /// The keys below this one, in no order.
    pub(crate) fn keys_below(&self, key: K) -> impl Iterator<Item = K> {
        let new = self.above.range(..key).map(|(k, _)| *k);
        let new = new.filter(|k| !self.below.contains_key(k));
        self.below.range(..key).map(|(k, _)| *k).chain(new)
    }
}

#[cfg(test)]
mod tests {
    use super::{Layers, Trail};
    use std::collections::BTreeMap;

    #[test]
    fn a_trail_is_a_list_and_its_copies_are_their_own() {
        let mut trail = Trail::default();
        let mut copies = Vec::new();
        for i in 0..100 {
            assert_eq!(trail.len(), i);
            copies.push(trail.clone());
            trail.push(i);
        }
        assert!(trail.iter().copied().eq(0..100));
        for (i, copy) in copies.iter_mut().enumerate() {
            assert!(copy.iter().copied().eq(0..i));
            copy.push(i);
            assert!(*copy != trail || i == 99);
            assert!(copy.iter().copied().eq(0..=i));
        }
    }

    #[test]
    fn layers_are_a_map() {
        let (mut layers, mut map) = (Layers::default(), BTreeMap::new());
        for i in 0..200_u32 {
            let key = i * 37 % 101;
            let before = layers.clone();
            layers.insert(key, i);
            map.insert(key, i);
            assert_eq!(layers.len(), map.len());
            assert!(map.iter().all(|(k, v)| layers.get(k) == Some(v)));
            let mut below: Vec<_> = layers.keys_below(50).collect();
            below.sort_unstable();
            assert!(below.iter().eq(map.range(..50).map(|(k, _)| k)));
            assert_ne!(before.get(&key), Some(&i));
        }
    }
}
