//! Reference Values: what named software measures as.

use std::collections::{BTreeMap, BTreeSet};

use crate::claims::Measurements;

/// What named software measures as, possibly in several releases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReferenceValues {
    by_software: BTreeMap<String, BTreeSet<Measurements>>,
}

/// A reference value that would match any Evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reference value for {software} names no register, or one with no digest")]
pub struct EmptyReference {
    pub software: String,
}

impl ReferenceValues {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add(
        &mut self,
        software: impl Into<String>,
        value: Measurements,
    ) -> Result<(), EmptyReference> {
        let software = software.into();
        if value.0.is_empty() || value.0.values().any(Vec::is_empty) {
            return Err(EmptyReference { software });
        }
        self.by_software.entry(software).or_default().insert(value);
        Ok(())
    }

    /// Adds all of `other`'s values.
    pub fn merge(&mut self, other: Self) {
        for (software, values) in other.by_software {
            self.by_software.entry(software).or_default().extend(values);
        }
    }

    /// The names of all software with a reference value whose every register
    /// the measurements hold with the same digest, in ascending order.
    /// Registers a reference value does not name are not compared; which ones
    /// matter is for its author to say.
    pub fn identify(&self, measurements: &Measurements) -> Vec<&str> {
        let matches = |value: &Measurements| {
            value
                .0
                .iter()
                .all(|(register, digest)| measurements.0.get(register) == Some(digest))
        };
        self.by_software
            .iter()
            .filter(|(_, values)| values.iter().any(matches))
            .map(|(software, _)| software.as_str())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurements(entries: &[(&str, &[u8])]) -> Measurements {
        let entries = entries.iter().map(|&(k, v)| (k.to_owned(), v.to_vec()));
        Measurements(entries.collect())
    }

    #[test]
    fn software_is_known_by_every_register_of_one_of_its_values() {
        let mut values = ReferenceValues::new();
        values
            .add("a", measurements(&[("x", &[1]), ("y", &[2])]))
            .unwrap();
        values.add("a", measurements(&[("x", &[3])])).unwrap();
        values
            .add("b", measurements(&[("x", &[3]), ("y", &[2])]))
            .unwrap();
        let identify = |entries: &[(&str, &[u8])]| -> Vec<String> {
            let measurements = measurements(entries);
            values
                .identify(&measurements)
                .into_iter()
                .map(Into::into)
                .collect()
        };
        assert_eq!(identify(&[("x", &[1]), ("y", &[2])]), ["a"]);
        assert_eq!(identify(&[("x", &[3]), ("y", &[2])]), ["a", "b"]);
        assert!(identify(&[("x", &[1])]).is_empty());
        assert!(identify(&[("x", &[1]), ("y", &[3])]).is_empty());
        assert!(identify(&[]).is_empty());
    }

    #[test]
    fn a_reference_value_that_matches_everything_is_refused() {
        let mut values = ReferenceValues::new();
        assert!(values.add("a", measurements(&[])).is_err());
        assert!(values.add("a", measurements(&[("x", &[])])).is_err());
        assert!(values.identify(&measurements(&[("x", &[])])).is_empty());
    }
}
