//! Labels of copies: the macro they run and a number.
//!
//! A copy that a role forked belongs to the role. What runs outside any macro
//! is `main`, or `process#n` once replicated.

use proof::attack::{Copy, Step};
use semantics::{Happened, Run};
use std::collections::BTreeMap;

/// Labels, in order of first use.
pub(super) struct Lanes {
    /// The copy whose label each copy goes by.
    home: BTreeMap<Copy, Copy>,
    names: BTreeMap<Copy, String>,
    used: Vec<(Copy, String)>,
}

impl Lanes {
    /// The lanes of a run.
    pub(super) fn of(run: &Run<'_>) -> Self {
        let mut home = BTreeMap::from([(Copy(0), Copy(0))]);
        let mut names = BTreeMap::from([(Copy(0), "main".to_owned())]);
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        let mut number = |base: &str| {
            let count = counts.entry(base.to_owned()).or_default();
            *count += 1;
            format!("{base}#{count}")
        };
        for performed in &run.steps {
            for happened in &performed.happened {
                match happened {
                    Happened::Started { copy, into } => {
                        let replicated = matches!(performed.step, Step::Replicate { .. });
                        if replicated {
                            home.insert(*into, *into);
                            names.insert(*into, String::new());
                        } else {
                            let parent = home.get(copy).copied().unwrap_or(*copy);
                            home.insert(*into, parent);
                        }
                    }
                    Happened::Called { copy, name } => {
                        // The outermost macro is the role.
                        let own = home.get(copy).copied().unwrap_or(*copy);
                        let named = names.get(&own).is_some_and(|n| !n.is_empty());
                        if !named || own == Copy(0) {
                            home.insert(*copy, *copy);
                            names.insert(*copy, number(name));
                        }
                    }
                    _ => {}
                }
            }
        }
        for name in names.values_mut() {
            if name.is_empty() {
                *name = number("process");
            }
        }
        Self {
            home,
            names,
            used: Vec::new(),
        }
    }

    /// The lane of a copy.
    pub(super) fn index(&mut self, copy: Copy) -> usize {
        let home = self.home.get(&copy).copied().unwrap_or(copy);
        if let Some(i) = self.used.iter().position(|(c, _)| *c == home) {
            return i;
        }
        let name = self.names.get(&home).cloned().unwrap_or_else(|| "?".into());
        self.used.push((home, name));
        self.used.len() - 1
    }

    /// The labels in use.
    pub(super) fn into_labels(self) -> Vec<String> {
        self.used.into_iter().map(|(_, name)| name).collect()
    }
}
