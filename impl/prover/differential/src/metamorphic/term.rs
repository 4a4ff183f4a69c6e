//! Changes of what is sent and computed.

use crate::compare::Word;
use crate::model::{
    Assumption, AssumptionKind, Fact, Formula, Model, Pattern, Prefix, Process, Query, Term,
};

/// `letfun`s stand for their bodies, with the arguments evaluated first: where
/// one fails, so does a `let` without `else`.
pub(super) fn letfuns_inlined(model: &Model) -> Model {
    let mut next = model.clone();
    while let Some(letfun) = next.letfuns.pop() {
        next.terms_mut(&mut |term| {
            let Term::Call(name, arguments) = term else {
                return;
            };
            if *name != letfun.name {
                return;
            }
            let arguments = std::mem::take(arguments);
            *term = letfun.parameters.iter().zip(arguments).rev().fold(
                letfun.body.clone(),
                |body, ((parameter, ty), argument)| {
                    let pattern = Pattern::Variable(parameter.clone(), *ty);
                    Term::Let(Box::new(pattern), Box::new(argument), Box::new(body), None)
                },
            );
        });
    }
    next
}

/// `out(c, (x, y))` becomes `out(c, x); out(c, y)`: on a public channel the
/// attacker pairs and takes apart. Variables only, since another part might
/// fail. Nothing for a passive attacker, or where a conclusion may profit from
/// what the attacker has not heard yet.
pub(super) fn split(model: &Model) -> Option<Model> {
    if !model.settings.is_empty() || super::concludes_knowledge(model) {
        return None;
    }
    let mut next = model.clone();
    let mut done = false;
    next.processes_mut(&mut |process| {
        let Process::Prefix(Prefix::Out(channel, Term::Tuple(parts)), then) = process else {
            return;
        };
        let plain = |t: &Term| matches!(t, Term::Variable(_));
        if *channel != Term::variable("c") || !parts.iter().all(plain) {
            return;
        }
        let outputs = parts
            .iter()
            .map(|part| Prefix::Out(channel.clone(), part.clone()))
            .collect();
        let then = std::mem::replace(&mut **then, Process::Nil);
        *process = Process::chain(outputs, then);
        done = true;
    });
    done.then_some(next)
}

/// Queries that are true become lemmas for all: what is true may be used.
/// `words` are the verdicts of the queries.
pub(super) fn with_lemmas(model: &Model, words: &[Word]) -> Model {
    let mut next = model.clone();
    let usable = model
        .queries
        .iter()
        .zip(words)
        .filter(|(query, word)| **word == Word::True && is_lemma(query));
    next.assumptions.extend(usable.map(|(query, _)| Assumption {
        kind: AssumptionKind::Lemma,
        statement: query.clone(),
    }));
    next
}

/// Events, none of them injective or timed, imply events or comparisons.
fn is_lemma(query: &Query) -> bool {
    let plain = |fact: &Fact| matches!(fact, Fact::Event(_, _, false, None));
    fn flat(formula: &Formula, plain: &dyn Fn(&Fact) -> bool) -> bool {
        match formula {
            Formula::And(parts) | Formula::Or(parts) => parts.iter().all(|p| flat(p, plain)),
            Formula::Compare(..) | Formula::IsNatural(_) | Formula::Truth(_) => true,
            Formula::Fact(fact) => plain(fact),
            Formula::Nested(..) => false,
        }
    }
    query.premises.iter().all(plain) && query.conclusion.as_ref().is_some_and(|c| flat(c, &plain))
}
