//! Warnings about what has a meaning, but perhaps not the intended one.

use super::Checker;
use super::definition::Placed;
use crate::program::{Binder, EventId, Formula, QueryKind};
use crate::syntax::tree::DeclarationKind;
use std::collections::BTreeSet;

impl<'t> Checker<'t> {
    pub(super) fn lint(&mut self, declarations: &[Placed<'t>]) {
        // Where something is faulty, much is unused for that reason alone.
        let faulty = self
            .diagnostics
            .iter()
            .any(|d| d.severity == crate::Severity::Error);
        if faulty {
            return;
        }
        self.unused_binders();
        self.unused_globals(declarations);
        self.events_never_emitted();
        self.tables_never_filled();
    }

    fn unused_binders(&mut self) {
        let main = self.program.sources.files().len().saturating_sub(1);
        let mut places = BTreeSet::new();
        let unused: Vec<_> = self
            .program
            .variables
            .iter()
            .filter(|v| v.name != "_" && !self.used.contains(&v.span) && places.insert(v.span))
            // Several libraries may offer one function, each with its use for
            // the parameters.
            .filter(|v| {
                !matches!(v.binder, Binder::Alias | Binder::Parameter)
                    || v.span.file.0 as usize == main
            })
            .map(|v| (v.span, v.name.clone()))
            .collect();
        for (span, name) in unused {
            self.warn(span, format!("`{name}` is never used"), None);
        }
    }

    fn unused_globals(&mut self, declarations: &[Placed<'t>]) {
        let main = self.program.sources.files().len().saturating_sub(1);
        for placed in declarations {
            // A library is there for several programs.
            if placed.declaration.span.file.0 as usize != main {
                continue;
            }
            let names = match &placed.declaration.kind {
                DeclarationKind::Free { names, .. } => names.as_slice(),
                DeclarationKind::Letfun { name, .. }
                | DeclarationKind::Event { name, .. }
                | DeclarationKind::Process { name, .. }
                | DeclarationKind::Type { name, .. }
                | DeclarationKind::Table { name, .. } => core::slice::from_ref(name),
                _ => continue,
            };
            self.renaming = placed.renaming;
            for name in names {
                if !self.used_globals.contains(&self.renamed(name.symbol)) {
                    let text = self.text(name.symbol);
                    self.warn(name.span, format!("`{text}` is never used"), None);
                }
            }
        }
        self.renaming = 0;
    }

    /// Tables of the main file that are read although nothing is inserted.
    fn tables_never_filled(&mut self) {
        let main = self.program.sources.files().len().saturating_sub(1);
        let empty: Vec<_> = self
            .read
            .iter()
            .filter(|(id, _)| !self.filled.contains(id))
            .filter_map(|(id, span)| {
                let table = self.program.tables.get(id.0 as usize)?;
                let own = table.span.file.0 as usize == main;
                own.then(|| (*span, table.name.clone()))
            })
            .collect();
        for (span, name) in empty {
            self.warn(
                span,
                format!("nothing is inserted into the table `{name}`: a `get` finds nothing"),
                None,
            );
        }
    }

    /// Events that a query of the main file is about although nothing emits
    /// them.
    ///
    /// A library offers its events to several programs, and a conclusion may
    /// name compromises that one of them does not model; a premise that never
    /// holds is worth a word wherever its event is declared.
    fn events_never_emitted(&mut self) {
        let main = self.program.sources.files().len().saturating_sub(1);
        let mut supposed = BTreeSet::new();
        let mut promised = BTreeSet::new();
        for query in &self.program.queries {
            let QueryKind::Correspondence(statement) = &query.kind else {
                continue;
            };
            if query.span.file.0 as usize == main {
                let premises = statement.premises.iter();
                premises.for_each(|premise| events_of(premise, &mut supposed));
                events_of(&statement.conclusion, &mut promised);
            }
        }
        let silent: Vec<_> = (0..)
            .map(EventId)
            .zip(&self.program.events)
            .filter(|(id, _)| !self.emitted.contains(id))
            .filter(|(id, event)| {
                let own = event.span.file.0 as usize == main;
                supposed.contains(id) || own && promised.contains(id)
            })
            .map(|(_, event)| (event.span, event.name.clone()))
            .collect();
        for (span, name) in silent {
            self.warn(
                span,
                format!("the event `{name}` is never emitted"),
                Some("queries about it hold or fail for that reason alone"),
            );
        }
    }
}

/// The events that a formula mentions.
fn events_of(formula: &Formula, out: &mut BTreeSet<EventId>) {
    match formula {
        Formula::Event { event, .. } => {
            out.insert(*event);
        }
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().for_each(|part| events_of(part, out));
        }
        Formula::Nested(premise, conclusion) => {
            events_of(premise, out);
            events_of(conclusion, out);
        }
        _ => {}
    }
}
