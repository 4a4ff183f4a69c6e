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
            .filter(|v| v.binder != Binder::Parameter || v.span.file.0 as usize == main)
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
                | DeclarationKind::Process { name, .. }
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

    fn events_never_emitted(&mut self) {
        let main = self.program.sources.files().len().saturating_sub(1);
        let asked: BTreeSet<EventId> = self
            .program
            .queries
            .iter()
            .filter_map(|query| match &query.kind {
                QueryKind::Correspondence(statement) => Some(&statement.premises),
                QueryKind::Secret { .. } => None,
            })
            .flatten()
            .filter_map(|premise| match premise {
                Formula::Event { event, .. } => Some(*event),
                _ => None,
            })
            .collect();
        // A library is there for several programs.
        let silent: Vec<_> = (0..)
            .map(EventId)
            .zip(&self.program.events)
            .filter(|(id, _)| !self.emitted.contains(id))
            .filter(|(id, event)| event.span.file.0 as usize == main || asked.contains(id))
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
