//! How the premises of a query may hold on a run.

use super::{knowledge, pool};
use pi::{Query, QueryKind, QueryTerm};
use proof::attack::{Premise, Recipe};
use semantics::{Happened, Message, Run, Semantics};

/// Most messages that stand for what a query says the attacker has, or sends.
const KNOWN: usize = 30;
const SENT: usize = 10;

/// Ways in which the premises of a query may hold on a run: events and entries
/// of the right kind, secrets that the attacker computes.
pub(super) fn ways(
    semantics: &mut Semantics<'_>,
    run: &Run<'_>,
    query: &Query,
) -> Vec<Vec<Premise>> {
    let QueryKind::Correspondence(correspondence) = &query.kind else {
        return Vec::new();
    };
    let pool = pool(semantics, run, KNOWN);
    let mut all = vec![Vec::new()];
    for premise in &correspondence.premises {
        let choices: Vec<Premise> = match premise {
            // These are of the variables, which the others bind.
            pi::Formula::Equal(..)
            | pi::Formula::Natural(..)
            | pi::Formula::True
            | pi::Formula::Unequal(..) => continue,
            pi::Formula::Event { event, .. } => numbered(run.state.events(), |e| e.event == *event)
                .map(Premise::Event)
                .collect(),
            pi::Formula::Table { table, .. } => {
                numbered(run.state.entries(), |e| e.table == *table)
                    .map(Premise::Entry)
                    .collect()
            }
            pi::Formula::Attacker { term, phase, .. } => {
                let phase = phase.unwrap_or(u32::MAX);
                let Some(mut knowledge) = knowledge(semantics, run, phase) else {
                    return Vec::new();
                };
                let program = semantics.program();
                candidates(semantics, run, term, &pool)
                    .into_iter()
                    .filter_map(|message| {
                        let recipe = knowledge.recipe(program, semantics.messages_mut(), message);
                        recipe.ok().flatten().map(Premise::Knows)
                    })
                    .collect()
            }
            pi::Formula::Message { .. } => messages(run, &pool),
            _ => return Vec::new(),
        };
        all = all
            .into_iter()
            .flat_map(|prefix: Vec<Premise>| {
                choices.iter().map(move |choice| {
                    let mut longer = prefix.clone();
                    longer.push(choice.clone());
                    longer
                })
            })
            .take(200)
            .collect();
    }
    all
}

fn numbered<'a, T>(
    records: &'a [T],
    wanted: impl Fn(&T) -> bool + 'a,
) -> impl Iterator<Item = u32> + 'a {
    (0..)
        .zip(records)
        .filter(move |(_, r)| wanted(r))
        .map(|(i, _)| i)
}

/// Messages that were sent, and those that the attacker could send.
fn messages(run: &Run<'_>, pool: &[(Message, Recipe)]) -> Vec<Premise> {
    let sent = numbered(run.state.sent(), |_| true).map(Premise::Sent);
    let channels = pool
        .iter()
        .filter(|(_, recipe)| matches!(recipe, Recipe::Name(_) | Recipe::Output(_)));
    let sends = channels.flat_map(|(_, channel)| {
        pool.iter().take(SENT).map(|(_, message)| Premise::Sends {
            channel: channel.clone(),
            message: message.clone(),
        })
    });
    sent.chain(sends).collect()
}

/// Instances of a term of a query: names, and what the attacker has.
fn candidates(
    semantics: &mut Semantics<'_>,
    run: &Run<'_>,
    term: &QueryTerm,
    pool: &[(Message, Recipe)],
) -> Vec<Message> {
    match term {
        QueryTerm::Name(name) => vec![semantics.messages_mut().free(*name)],
        QueryTerm::Bound { name, .. } => run
            .steps
            .iter()
            .flat_map(|step| &step.happened)
            .filter_map(|happened| match happened {
                Happened::Created {
                    binder,
                    name: message,
                    ..
                } if binder == name => Some(*message),
                _ => None,
            })
            .collect(),
        _ => pool.iter().map(|(message, _)| *message).collect(),
    }
}
