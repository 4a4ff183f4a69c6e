//! What model and run both take as given: parameters of roles, reference
//! values, rows of tables.

use std::collections::BTreeMap;

use event::recording::{Setup, SetupValue};

use crate::octets::Octets;

/// Setup records by id, as octets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    values: BTreeMap<String, Octets>,
    /// Those of one party alone.
    own: Vec<(String, Octets)>,
    /// Rows by name of the model's table.
    rows: BTreeMap<String, Vec<Vec<Octets>>>,
}

impl Given {
    /// What setup records say. A record without octets in the clear is left
    /// out and found missing where it is needed.
    pub(crate) fn of(setup: &[Setup]) -> Self {
        let mut given = Self::default();
        for setup in setup {
            let octets = match &setup.value {
                SetupValue::Certificate { der } => der.as_slice().map(Octets::from),
                SetupValue::Key { public, .. } => public.as_slice().map(Octets::from),
                SetupValue::Name { text } => Some(text.as_bytes().into()),
                SetupValue::Policy { sha256 } => sha256.as_slice().map(Octets::from),
                SetupValue::ReferenceValue { octets } => octets.as_slice().map(Octets::from),
                SetupValue::Row { row } => {
                    let row: Option<Vec<Octets>> = row
                        .iter()
                        .map(|column| column.as_slice().map(Octets::from))
                        .collect();
                    if let (Some(row), Some(table)) = (row, &setup.model) {
                        given.rows.entry(table.clone()).or_default().push(row);
                    }
                    None
                }
            };
            if let Some(octets) = octets {
                if setup.id.contains('/') {
                    given.own.push((setup.id.clone(), octets.clone()));
                }
                given.values.insert(setup.id.clone(), octets);
            }
        }
        given
    }

    /// The record of that name for a party: its own, `NAME/id`, before the
    /// common one.
    pub(crate) fn value(&self, party: &str, id: &str) -> Option<&Octets> {
        let mut own = self.own.iter().rev();
        own.find(|(name, _)| {
            name.strip_prefix(party).and_then(|it| it.strip_prefix('/')) == Some(id)
        })
        .map(|(_, octets)| octets)
        .or_else(|| self.values.get(id))
    }

    /// Rows of a table that exist from the start.
    pub(crate) fn rows(&self, table: &str) -> &[Vec<Octets>] {
        self.rows.get(table).map_or(&[], Vec::as_slice)
    }
}
