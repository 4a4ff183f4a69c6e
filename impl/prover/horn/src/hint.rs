//! `nounif`, `noselect` and `select`, as facts of clauses.
//!
//! A hint says which hypotheses the search should prefer or avoid. Every
//! selection is sound, so nothing here is trusted, and what cannot be expressed
//! is left out: hints about conclusions and about events, which are never
//! resolved upon. Without a phase a hint is for all of them. What is received on a
//! public channel is an attacker fact of clauses in the short form, hence so is a
//! hint about it.

use crate::goal::Builder;
use crate::problem::Translation;
use logic::{Fact, Predicate, TermId, Var, View};
use pi::{Correspondence, Formula, Program, SelectionHint};
use std::collections::BTreeSet;

/// What the search should do with hypotheses of one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The form.
    pub fact: Fact,
    /// Variables of the form that stand for any term; the others stand for
    /// variables only.
    pub starred: BTreeSet<Var>,
    /// Above zero: prefer them, the larger the more; below: avoid them.
    pub weight: i64,
}

/// The hints of a program, in text order.
pub(crate) fn hints(program: &Program, translation: &mut Translation) -> Vec<Hint> {
    let mut found = Vec::new();
    for hint in program.hints.iter().filter(|h| h.hypothesis) {
        for fact in facts(program, translation, hint) {
            found.push(Hint {
                fact,
                starred: hint.starred.iter().map(|v| Var(*v)).collect(),
                weight: hint.weight,
            });
        }
    }
    found
}

fn facts(program: &Program, translation: &mut Translation, hint: &SelectionHint) -> Vec<Fact> {
    let phases = translation.phases;
    let message_form = translation.options.message_form && !translation.options.heard;
    let statement = Correspondence {
        variables: hint.variables.clone(),
        premises: Vec::new(),
        conclusion: Formula::True,
        arrow: false,
        public_variables: Vec::new(),
    };
    let mut found = Vec::new();
    for now in 0..phases {
        let mut formula = hint.fact.clone();
        match &mut formula {
            Formula::Attacker { phase, .. }
            | Formula::Message { phase, .. }
            | Formula::Table { phase, .. } => {
                phase.get_or_insert(now);
            }
            Formula::Predicate { .. } => {}
            _ => return found,
        }
        let mut builder = Builder::new(program, translation, &statement, 0, hint.span);
        let Ok(fact) = builder.fact(&formula, false) else {
            return found;
        };
        if let (Predicate::Message(number), [channel, message], false) =
            (fact.predicate, &fact.arguments[..], message_form)
            && is_public(translation, *channel)
        {
            found.push(Fact::new(Predicate::Attacker(number), vec![*message]));
        }
        if !found.contains(&fact) {
            found.push(fact);
        }
    }
    found
}

/// Whether a channel is a public name or constant.
fn is_public(translation: &Translation, channel: TermId) -> bool {
    match translation.store.view(channel) {
        View::Apply(symbol, []) => translation
            .signature
            .info(symbol)
            .is_some_and(|info| info.public),
        _ => false,
    }
}
