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
//! A *weakness* is no event but another program: the same model with a library
//! that makes an algorithm weak. It is a capability like the others, and the
//! lattice is that of leaks and weaknesses together; which program is asked
//! depends on the weaknesses in S. That more weaknesses never make a property
//! true again is a property of such libraries: they give the attacker rules and
//! make terms equal, and no role does more because two digests differ.
//!
//! Where the query names a party by its key, its leak is another capability
//! than the same leak of somebody else: `LeakAK(ak)` and `LeakAK(x) && x <> ak`.

use crate::compromise::Compromises;
use crate::lattice::{Frontier, Outcome, frontier_from};
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

/// A program, and what a query of it says.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The program.
    pub program: &'a Program,
    /// One of its queries.
    pub shape: &'a Shape,
}

/// Whoever answers of several worlds: the number of the world, a program edited
/// from its program, and the number of a query.
pub type Worldly<'a> = dyn FnMut(usize, &Program, u32) -> Answer + 'a;

/// The border of a property.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// The capabilities, in the order of their bits.
    pub capabilities: Vec<Capability>,
    /// The weaknesses, whose bits follow.
    pub weaknesses: Vec<String>,
    /// The border.
    pub frontier: Frontier,
}

impl Sweep {
    /// The names of the capabilities and weaknesses in a set.
    #[must_use]
    pub fn names(&self, set: u32) -> Vec<&str> {
        let leaks = self.capabilities.iter().map(|c| c.name.as_str());
        let all = leaks.chain(self.weaknesses.iter().map(String::as_str));
        all.enumerate()
            .filter(|(i, _)| set >> i & 1 == 1)
            .map(|(_, name)| name)
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
    let world = World { program, shape };
    let capabilities = capabilities(program, shape, known, emitted);
    let worlds = [(world, capabilities)];
    let nothing = Frontier::default();
    across(&worlds, Vec::new(), nothing, &mut |_, p, q| prover(p, q))
}

/// The same over leaks and weaknesses, from the border `leaks` among the leaks
/// alone. World `i` has the weaknesses whose bits `i` has, so there are two to the
/// power of their number; all worlds are one model, with the same events.
///
/// A weak algorithm that breaks a property by itself is found by one question, and
/// most do, so these are asked first.
pub fn sweep_weakened(
    worlds: &[World<'_>],
    weaknesses: Vec<String>,
    leaks: Frontier,
    known: &Compromises,
    prover: &mut Worldly<'_>,
) -> Sweep {
    let worlds: Vec<_> = worlds
        .iter()
        .map(|world| {
            let emitted = crate::emitted(world.program);
            let capabilities = capabilities(world.program, world.shape, known, &emitted);
            (*world, capabilities)
        })
        .collect();
    across(&worlds, weaknesses, leaks, prover)
}

fn across(
    worlds: &[(World<'_>, Vec<Capability>)],
    weaknesses: Vec<String>,
    border: Frontier,
    prover: &mut Worldly<'_>,
) -> Sweep {
    let leaks = worlds.first().map(|(_, c)| c.clone()).unwrap_or_default();
    let all_leaks = (1_u32 << leaks.len()) - 1;
    let elements = leaks.len() + weaknesses.len();
    let alone: Vec<_> = (leaks.len()..elements).map(|bit| 1_u32 << bit).collect();
    let frontier = frontier_from(elements, border, &alone, &mut |set| {
        let weak = (set >> leaks.len()) as usize;
        let Some((world, capabilities)) = worlds.get(weak) else {
            return Outcome::Open("there is no model with these weaknesses".to_owned());
        };
        let query = under(world.program, world.shape, capabilities, set & all_leaks);
        match prover(weak, &asking(world.program, query), 0) {
            Answer::Holds => Outcome::Holds,
            Answer::Open(why) => Outcome::Open(why),
            Answer::Broken { events } => {
                // Whether a run needs a weakness is not to be seen in it.
                let mut used = !all_leaks;
                for (index, capability) in capabilities.iter().enumerate() {
                    let name = world.program.events.get(capability.event.0 as usize);
                    if name.is_none_or(|e| events.contains(&e.name)) {
                        used |= 1 << index;
                    }
                }
                Outcome::Breaks(used & set)
            }
        }
    });
    Sweep {
        capabilities: leaks,
        weaknesses,
        frontier,
    }
}

/// The program that asks a query's core of an attacker who has only the
/// capabilities with these names, as [`Sweep::names`] gives them.
///
/// # Errors
/// A name that is no capability of the attacker's in this program.
pub fn only<'n>(
    program: &Program,
    shape: &Shape,
    known: &Compromises,
    names: &[&'n str],
) -> Result<Program, &'n str> {
    let capabilities = capabilities(program, shape, known, &crate::emitted(program));
    let mut set = 0;
    for name in names {
        let place = capabilities.iter().position(|c| c.name == *name);
        set |= 1_u32 << place.ok_or(*name)?;
    }
    Ok(asking(program, under(program, shape, &capabilities, set)))
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
    let outside = |index: usize| set >> index & 1 == 0;
    let both_outside = |event: EventId| {
        let mut same = capabilities.iter().enumerate();
        same.all(|(index, other)| other.event != event || outside(index))
    };
    for (index, capability) in capabilities.iter().enumerate() {
        if !outside(index) {
            continue;
        }
        let event = capability.event;
        // This key and every other are every key: one disjunct, and no case to
        // distinguish for the prover.
        let anybody = Whose::Anybody;
        let whose = match &capability.whose {
            Whose::This(_) if both_outside(event) => continue,
            Whose::Another(_) if both_outside(event) => &anybody,
            whose => whose,
        };
        let announce = |arguments| Formula::Event {
            event,
            arguments,
            injective: false,
            time: None,
            span: shape.query.span,
        };
        match whose {
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
