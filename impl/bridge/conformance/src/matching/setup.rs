//! What model and run both take as given: parameters of roles, reference
//! values, rows of tables.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use event::recording::{Setup, SetupValue};

use crate::crypto::signature::{self, Unsupported};

/// Setup records by id, as octets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    values: BTreeMap<String, Vec<u8>>,
    /// Rows by name of the model's table.
    rows: BTreeMap<String, Vec<Vec<Vec<u8>>>>,
    verified: Verified,
}

/// Key, message and signature that were verified in this recording, with the
/// outcome: the two ends of a session are about the same signatures.
type Verified = Arc<Mutex<BTreeMap<[Vec<u8>; 3], bool>>>;

impl Given {
    /// What setup records say. A record without octets in the clear is left
    /// out and found missing where it is needed.
    pub(crate) fn of(setup: &[Setup]) -> Self {
        let mut given = Self::default();
        for setup in setup {
            let octets = match &setup.value {
                SetupValue::Certificate { der } => der.as_slice().map(<[u8]>::to_vec),
                SetupValue::Key { public, .. } => public.as_slice().map(<[u8]>::to_vec),
                SetupValue::Name { text } => Some(text.clone().into_bytes()),
                SetupValue::Policy { sha256 } => sha256.as_slice().map(<[u8]>::to_vec),
                SetupValue::ReferenceValue { octets } => octets.as_slice().map(<[u8]>::to_vec),
                SetupValue::Row { row } => {
                    let row: Option<Vec<Vec<u8>>> = row
                        .iter()
                        .map(|column| column.as_slice().map(<[u8]>::to_vec))
                        .collect();
                    if let (Some(row), Some(table)) = (row, &setup.model) {
                        given.rows.entry(table.clone()).or_default().push(row);
                    }
                    None
                }
            };
            if let Some(octets) = octets {
                given.values.insert(setup.id.clone(), octets);
            }
        }
        given
    }

    /// The record of that name for a party: its own, `NAME/id`, before the
    /// common one.
    pub(crate) fn value(&self, party: &str, id: &str) -> Option<&[u8]> {
        self.values
            .get(&format!("{party}/{id}"))
            .or_else(|| self.values.get(id))
            .map(Vec::as_slice)
    }

    /// Whether a signature verifies, computed once for a recording.
    pub(crate) fn verifies(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Unsupported> {
        let all = [key, message, signature].map(<[u8]>::to_vec);
        // Whole at any time: an entry is put in at once.
        let known = || self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ok) = known().get(&all) {
            return Ok(*ok);
        }
        let ok = signature::verify(key, message, signature)?;
        known().insert(all, ok);
        Ok(ok)
    }

    /// Rows of a table that exist from the start.
    pub(crate) fn rows(&self, table: &str) -> &[Vec<Vec<u8>>] {
        self.rows.get(table).map_or(&[], Vec::as_slice)
    }
}
