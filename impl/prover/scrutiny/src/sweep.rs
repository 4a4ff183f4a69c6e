//! Weakest assumptions: under which leaks a property still holds.
//!
//! A property is its core; its excuses are forgotten. The attacker may have any
//! set S of *capabilities*, and the core is asked of the runs in which only
//! capabilities of S were used before the premise:
//!
//! ```text
//! premise ==> core ∨ c1 ∨ c2 ∨ …      for every capability ci outside S
//! ```
//!
//! A run that used one of them meets the conclusion by that disjunct, so what
//! this query says is about the others. No process is edited, so all these
//! queries share one translation.
//!
//! Where the query names a party by its key, its leak is another capability
//! than the same leak of somebody else: `LeakAK(ak)` and `LeakAK(x) && x <> ak`.

use crate::compromise::Compromises;
use crate::lattice::{Frontier, Outcome, frontier};
use crate::shape::{Shape, asking};
use crate::{Answer, Prover};
use pi::{EventId, Formula, Program, Query, QueryTerm, QueryVariable};
use std::collections::BTreeSet;

/// One thing the attacker may have.
#[derive(Clone, Debug, PartialEq)]
pub struct Capability {
    /// For tables: `AK`, `AK of this`, `AK of another`.
    pub name: String,
    /// The event that announces it.
    event: EventId,
    whose: Whose,
}

#[derive(Clone, Debug, PartialEq)]
enum Whose {
    Anybody,
    /// Of some_compromise whose key or name is one of these.
    Another(Vec<QueryTerm>),
    /// As these excuses say.
    This(Vec<Vec<QueryTerm>>),
}

/// The border of a property.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// The capabilities, in the order of their bits.
    pub capabilities: Vec<Capability>,
    /// The border.
    pub frontier: Frontier,
}

impl Sweep {
    /// The names of the capabilities in a set.
    #[must_use]
    pub fn names(&self, set: u32) -> Vec<&str> {
        let bits = self.capabilities.iter().enumerate();
        bits.filter(|(i, _)| set >> i & 1 == 1)
            .map(|(_, c)| c.name.as_str())
            .collect()
    }
}

/// Finds the border of a query's core among all sets of capabilities.
///
/// `emitted` are the events that the process can emit: what cannot happen is no
/// capability.
pub fn sweep(
    program: &Program,
    shape: &Shape,
    known: &Compromises,
    emitted: &BTreeSet<EventId>,
    prover: &mut Prover<'_>,
) -> Sweep {
    let capabilities = capabilities(program, shape, known, emitted);
    let frontier = frontier(capabilities.len(), &mut |set| {
        let query = under(program, shape, &capabilities, set);
        match prover(&asking(program, query), 0) {
            Answer::Holds => Outcome::Holds,
            Answer::Open(why) => Outcome::Open(why),
            Answer::Broken { events } => {
                let mut used = 0;
                for (index, capability) in capabilities.iter().enumerate() {
                    let name = program.events.get(capability.event.0 as usize);
                    if name.is_none_or(|e| events.contains(&e.name)) {
                        used |= 1 << index;
                    }
                }
                Outcome::Breaks(used & set)
            }
        }
    });
    Sweep {
        capabilities,
        frontier,
    }
}

/// The capabilities of the attacker in this program, seen from this query.
fn capabilities(
    program: &Program,
    shape: &Shape,
    known: &Compromises,
    emitted: &BTreeSet<EventId>,
) -> Vec<Capability> {
    let excused = shape.excused();
    let mut found = Vec::new();
    for compromise in &known.all {
        let Some(index) = program
            .events
            .iter()
            .position(|e| e.name == compromise.event)
        else {
            continue;
        };
        let event = EventId(u32::try_from(index).unwrap_or(u32::MAX));
        if !emitted.contains(&event) {
            continue;
        }
        // Compromises are announced with the key or name concerned first.
        let instances: Vec<_> = excused
            .iter()
            .filter(|(e, arguments)| {
                *e == event && arguments.first().is_some_and(|a| shape.fixes(a))
            })
            .map(|(_, arguments)| arguments.clone())
            .collect();
        let whose: Vec<_> = instances
            .iter()
            .filter_map(|a| a.first().cloned())
            .collect();
        let mut add = |suffix: &str, whose| {
            found.push(Capability {
                name: format!("{}{suffix}", compromise.name),
                event,
                whose,
            });
        };
        if whose.is_empty() {
            add("", Whose::Anybody);
        } else {
            add(" of this", Whose::This(instances));
            add(" of another", Whose::Another(whose));
        }
    }
    found
}

/// `premise ==> some compromise of anybody`.
pub(crate) fn some_compromise(
    program: &Program,
    shape: &Shape,
    known: &Compromises,
    emitted: &BTreeSet<EventId>,
) -> Query {
    let bare = shape.premise_only();
    let capabilities = capabilities(program, &bare, known, emitted);
    under(program, &bare, &capabilities, 0)
}

/// The core, for an attacker with the capabilities of `set` only.
fn under(program: &Program, shape: &Shape, capabilities: &[Capability], set: u32) -> Query {
    let mut disjuncts = shape.core.clone();
    let mut fresh = Vec::new();
    for (index, capability) in capabilities.iter().enumerate() {
        if set >> index & 1 == 1 {
            continue;
        }
        let event = capability.event;
        let announce = |arguments| Formula::Event {
            event,
            arguments,
            injective: false,
            time: None,
            span: shape.query.span,
        };
        match &capability.whose {
            Whose::This(instances) => disjuncts.extend(instances.iter().cloned().map(announce)),
            whose => {
                let types = program.events.get(event.0 as usize);
                let mut arguments = Vec::new();
                for ty in types.map(|e| e.parameters.clone()).unwrap_or_default() {
                    let number = shape.variables() + u32::try_from(fresh.len()).unwrap_or(0);
                    fresh.push(QueryVariable {
                        name: format!("any{}", fresh.len()),
                        ty,
                    });
                    arguments.push(QueryTerm::Var(number));
                }
                let mut parts = vec![announce(arguments.clone())];
                if let (Whose::Another(these), Some(any)) = (whose, arguments.first()) {
                    parts.extend(
                        these.iter().map(|this| {
                            Formula::Unequal(any.clone(), this.clone(), shape.query.span)
                        }),
                    );
                }
                disjuncts.push(match parts.len() {
                    1 => parts.remove(0),
                    _ => Formula::And(parts),
                });
            }
        }
    }
    shape.ask(disjuncts, fresh)
}
