//! A map from small numbers to numbers that is emptied in constant time.
//!
//! The inner loops of the engine need a fresh table for every inference,
//! keyed by term. A hash map would cost more than the inference; an array
//! whose cells carry the number of the inference that wrote them does not.

/// The map.
#[derive(Clone, Debug)]
pub(crate) struct Stamped {
    cells: Vec<(u32, u32)>,
    now: u32,
}

impl Default for Stamped {
    fn default() -> Self {
        Self {
            cells: Vec::new(),
            now: 1,
        }
    }
}

impl Stamped {
    /// Forgets everything.
    #[inline]
    pub(crate) fn clear(&mut self) {
        if self.now == u32::MAX {
            self.cells.clear();
            self.now = 0;
        }
        self.now += 1;
    }

    /// The value of a key.
    #[inline]
    pub(crate) fn value(&self, key: u32) -> Option<u32> {
        match self.cells.get(key as usize) {
            Some((stamp, value)) if *stamp == self.now => Some(*value),
            _ => None,
        }
    }

    /// Sets the value of a key.
    #[inline]
    pub(crate) fn insert(&mut self, key: u32, value: u32) {
        let at = key as usize;
        if at >= self.cells.len() {
            self.cells.resize((at + 1).next_power_of_two(), (0, 0));
        }
        self.cells[at] = (self.now, value);
    }

    /// Forgets one key.
    pub(crate) fn remove(&mut self, key: u32) {
        if let Some(cell) = self.cells.get_mut(key as usize) {
            cell.0 = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Stamped;

    #[test]
    fn clearing_forgets_and_removal_is_single() {
        let mut map = Stamped::default();
        map.insert(3, 7);
        map.insert(100, 8);
        assert_eq!(
            (map.value(3), map.value(100), map.value(4)),
            (Some(7), Some(8), None)
        );
        map.remove(3);
        assert_eq!((map.value(3), map.value(100)), (None, Some(8)));
        map.clear();
        assert_eq!(map.value(100), None);
    }
}
