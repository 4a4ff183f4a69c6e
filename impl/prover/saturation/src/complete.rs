//! From a solved clause with avoided hypotheses to clauses without.
//!
//! An avoided hypothesis (see [`crate::selection`]) stays in a solved clause, and
//! its derivation would end there. For a proof that is enough: the clause must
//! meet the query as it is. For an attack it is not, so here such hypotheses are
//! resolved after all, lightest clause first, up to a fixed number of steps. The
//! clauses found join the history only; the closed set stays as it is.

use crate::context::Scratch;
use crate::draft::Draft;
use crate::rules::resolution;
use crate::saturate::{Saturated, Setting, numbered};
use crate::selection::selectable;
use crate::set::{Entry, NewEntry, Origin, Selection, size};
use crate::simplify::simplify;
use std::collections::BTreeMap;

/// Most clauses that are resolved.
const STEPS: u32 = 200;

/// Most complete clauses that are returned.
const ENOUGH: usize = 4;

impl Saturated {
    /// Entries without selectable hypotheses that follow from an entry, which
    /// comes first and alone if it has none itself.
    pub fn complete(&mut self, entry: u32, setting: &mut Setting<'_>) -> Vec<u32> {
        let mut scratch = Scratch::default();
        let mut queue = BTreeMap::from([((0, 0), entry)]);
        let mut found = Vec::new();
        let mut number = 0;
        for _ in 0..STEPS {
            let Some((_, id)) = queue.pop_first() else {
                break;
            };
            let clause = &self.set.entry(id).clause;
            let Some(at) = clause
                .hypotheses
                .iter()
                .position(|h| selectable(setting.store, h))
            else {
                found.push(id);
                if found.len() == ENOUGH {
                    break;
                }
                continue;
            };
            let providers: Vec<u32> = self
                .set
                .providers(setting.store, &clause.hypotheses[at])
                .collect();
            let left = self.record(
                with_selection(self.set.entry(id), Selection::Hypothesis(at)),
                setting,
                &mut scratch,
            );
            for right in providers {
                let mut context = self.context(setting, &mut scratch);
                let Some(raw) = resolution::resolve(&mut context, left, right) else {
                    continue;
                };
                let drafts = simplify(raw, &mut context);
                for mut draft in drafts {
                    let Some(clause) = numbered(setting.store, &mut scratch, &draft.clause) else {
                        continue;
                    };
                    draft.clause = clause;
                    let weight = size(setting.store, &draft.clause);
                    let origin = Origin::Resolvent { left, right };
                    let id = self.record(from_draft(draft, origin), setting, &mut scratch);
                    number += 1;
                    queue.insert((weight, number), id);
                }
            }
        }
        found
    }

    /// Adds an entry to the history.
    fn record(&mut self, entry: NewEntry, setting: &mut Setting<'_>, scratch: &mut Scratch) -> u32 {
        let id = self.set.insert(
            setting.store,
            setting.signature,
            &mut scratch.unifier,
            entry,
        );
        self.set.retire(setting.store, id);
        id
    }
}

fn with_selection(entry: &Entry, selection: Selection) -> NewEntry {
    NewEntry {
        clause: entry.clause.clone(),
        selection,
        origin: entry.origin,
        history: entry.history.clone(),
        protected: false,
    }
}

fn from_draft(draft: Draft, origin: Origin) -> NewEntry {
    NewEntry {
        selection: Selection::Conclusion,
        origin: draft.instance_of.map_or(origin, Origin::Instance),
        history: draft.history(),
        clause: draft.clause,
        protected: false,
    }
}
