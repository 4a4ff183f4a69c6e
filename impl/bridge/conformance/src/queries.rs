//! The queries of a model, evaluated on one run.
//!
//! What was proved of every run holds of a run that conforms. So evaluating a
//! proved query on it can only confirm; if it does not, the gate, the prover or
//! an assumption is wrong, and that has to stop everything. A query whose
//! premise an honest run reaches is not true for lack of runs, either.
//!
//! Terms are compared by their octets. A data constructor in a query is taken
//! apart with the messages the run has read.

use std::collections::{BTreeMap, BTreeSet};

use pi::{Correspondence, Expected, Formula, Program, Query, QueryKind, QueryTerm};

/// A query of the model on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryResult {
    /// Id of its label, or the line of the model it stands on.
    pub id: String,
    /// What it came to.
    pub outcome: QueryOutcome,
}

/// What a query came to on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryOutcome {
    /// It speaks of something a run on octets does not show.
    NotEvaluated {
        /// What that is.
        why: String,
    },
    /// The run does not reach its premise.
    NotReached,
    /// It holds of every instance of its premise.
    Holds {
        /// How many there are, at least one.
        instances: usize,
    },
    /// Some instance of its premise has no conclusion.
    Violated {
        /// The premise, event by event.
        instance: String,
    },
}

/// An event that a party reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) event: String,
    pub(crate) arguments: Vec<Vec<u8>>,
    /// Line of the message after which it was reached; 0 before the first.
    pub(crate) line: u64,
}

/// The events of a run, and how its messages come apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    pub(crate) events: Vec<Reached>,
    /// Constructor, whole, fields.
    pub(crate) parts: Vec<(String, Vec<u8>, Vec<Vec<u8>>)>,
    /// Functions that are the identity on octets.
    pub(crate) identities: Vec<String>,
    /// Events that a recording would show if they had happened.
    pub(crate) visible: BTreeSet<String>,
}

/// Values of the variables of a query.
type Assignment = BTreeMap<u32, Vec<u8>>;

/// What a run on octets does not show.
struct Unseen(String);

/// A way in which a formula holds.
#[derive(Clone, Debug)]
struct Instance {
    assignment: Assignment,
    /// The latest line of its events.
    line: u64,
    /// Its injective events: where in the formula, and which of the run.
    injective: Vec<(usize, usize)>,
}

impl Run {
    /// Every correspondence of a program on this run.
    pub(crate) fn evaluate(&self, program: &Program) -> Vec<QueryResult> {
        program
            .queries
            .iter()
            .map(|query| QueryResult {
                id: id(program, query),
                outcome: match &query.kind {
                    QueryKind::Correspondence(statement) => {
                        let reachable = query
                            .label
                            .as_ref()
                            .is_some_and(|label| label.expected == Expected::Reachable);
                        self.correspondence(program, statement, reachable)
                    }
                    QueryKind::Secret { .. } => not_evaluated("secrecy"),
                },
            })
            .collect()
    }

    fn correspondence(
        &self,
        program: &Program,
        statement: &Correspondence,
        reachable: bool,
    ) -> QueryOutcome {
        let premise = Formula::And(statement.premises.clone());
        let start = Instance {
            assignment: Assignment::new(),
            line: 0,
            injective: Vec::new(),
        };
        let instances = match self.solutions(program, &premise, &start, u64::MAX) {
            Ok(instances) => instances,
            Err(Unseen(why)) => return not_evaluated(&why),
        };
        if instances.is_empty() {
            return QueryOutcome::NotReached;
        }
        if reachable {
            return QueryOutcome::Holds {
                instances: instances.len(),
            };
        }
        let mut choices = Vec::with_capacity(instances.len());
        for instance in &instances {
            let from = Instance {
                injective: Vec::new(),
                ..instance.clone()
            };
            match self.solutions(program, &statement.conclusion, &from, instance.line) {
                Ok(found) if !found.is_empty() => choices.push(found),
                Ok(_) => {
                    return QueryOutcome::Violated {
                        instance: show(statement, &instance.assignment),
                    };
                }
                Err(Unseen(why)) => return not_evaluated(&why),
            }
        }
        // An end that has happened twice needs two beginnings.
        if let Some(alone) = unmatched(&choices) {
            let instance = instances.get(alone).map(|found| &found.assignment);
            return QueryOutcome::Violated {
                instance: instance.map_or_else(String::new, |found| {
                    format!("{}, once more than its beginning", show(statement, found))
                }),
            };
        }
        QueryOutcome::Holds {
            instances: instances.len(),
        }
    }

    /// Extensions of an instance under which a formula holds, none of whose
    /// events is after `before`.
    fn solutions(
        &self,
        program: &Program,
        formula: &Formula,
        from: &Instance,
        before: u64,
    ) -> Result<Vec<Instance>, Unseen> {
        match formula {
            Formula::True => Ok(vec![from.clone()]),
            Formula::False => Ok(Vec::new()),
            Formula::And(all) => {
                let mut found = vec![from.clone()];
                for formula in all {
                    let mut extended = Vec::new();
                    for instance in found {
                        extended.extend(self.solutions(program, formula, &instance, before)?);
                    }
                    found = extended;
                }
                Ok(found)
            }
            Formula::Or(all) => {
                // A disjunct that cannot be seen matters only where no other
                // one holds.
                let mut found = Vec::new();
                let mut unseen = None;
                for formula in all {
                    match self.solutions(program, formula, from, before) {
                        Ok(inner) => found.extend(inner),
                        Err(why) => unseen = Some(why),
                    }
                }
                match unseen {
                    Some(why) if found.is_empty() => Err(why),
                    _ => Ok(found),
                }
            }
            Formula::Event {
                event,
                arguments,
                injective,
                ..
            } => {
                let name = program.events.get(event.0 as usize).map(|e| &e.name);
                if !name.is_some_and(|name| self.visible.contains(name)) {
                    let name = name.map_or("?", String::as_str);
                    return Err(Unseen(format!("event {name}, which no gated role reaches")));
                }
                // The place of a formula in the query tells positions apart.
                let position = std::ptr::from_ref(formula).addr();
                let mut found = Vec::new();
                for (number, reached) in self.events.iter().enumerate() {
                    if Some(&reached.event) != name || reached.line > before {
                        continue;
                    }
                    let mut extended = from.clone();
                    let assignment = &mut extended.assignment;
                    if self.matches_all(program, arguments, &reached.arguments, assignment)? {
                        extended.line = extended.line.max(reached.line);
                        if *injective {
                            extended.injective.push((position, number));
                        }
                        found.push(extended);
                    }
                }
                Ok(found)
            }
            Formula::Equal(left, right, _) => self.equal(program, left, right, from),
            Formula::Unequal(left, right, _) => {
                let equal = self.equal(program, left, right, from)?;
                Ok(match equal.is_empty() {
                    true => vec![from.clone()],
                    false => Vec::new(),
                })
            }
            Formula::Attacker { .. } => Err(Unseen("what the attacker knows".into())),
            Formula::Message { .. } => Err(Unseen("messages on channels".into())),
            Formula::Natural(..) => Err(Unseen("numbers".into())),
            Formula::Nested(..) => Err(Unseen("nested correspondences".into())),
            Formula::Predicate { .. } => Err(Unseen("user predicates".into())),
            Formula::Table { .. } => Err(Unseen("tables".into())),
        }
    }

    fn equal(
        &self,
        program: &Program,
        left: &QueryTerm,
        right: &QueryTerm,
        from: &Instance,
    ) -> Result<Vec<Instance>, Unseen> {
        for (known, other) in [(left, right), (right, left)] {
            if let QueryTerm::Var(id) = known
                && let Some(octets) = from.assignment.get(id)
            {
                let mut extended = from.clone();
                let assignment = &mut extended.assignment;
                return Ok(match self.matches(program, other, octets, assignment)? {
                    true => vec![extended],
                    false => Vec::new(),
                });
            }
        }
        Err(Unseen(
            "an equation between terms the run does not have".into(),
        ))
    }

    fn matches_all(
        &self,
        program: &Program,
        terms: &[QueryTerm],
        values: &[Vec<u8>],
        assignment: &mut Assignment,
    ) -> Result<bool, Unseen> {
        if terms.len() != values.len() {
            return Ok(false);
        }
        for (term, value) in terms.iter().zip(values) {
            if !self.matches(program, term, value, assignment)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a term can have these octets, with its variables so assigned.
    fn matches(
        &self,
        program: &Program,
        term: &QueryTerm,
        octets: &[u8],
        assignment: &mut Assignment,
    ) -> Result<bool, Unseen> {
        match term {
            QueryTerm::Var(id) => match assignment.get(id) {
                Some(known) => Ok(known == octets),
                None => {
                    assignment.insert(*id, octets.to_vec());
                    Ok(true)
                }
            },
            QueryTerm::Apply(function, arguments) => {
                let name = crate::text::function(program, *function);
                if let ([only], true) = (
                    arguments.as_slice(),
                    self.identities.iter().any(|known| known == name),
                ) {
                    return self.matches(program, only, octets, assignment);
                }
                let fields = self.parts.iter().find_map(|(constructor, whole, fields)| {
                    (constructor == name && whole == octets).then_some(fields)
                });
                match fields {
                    Some(fields) => self.matches_all(program, arguments, fields, assignment),
                    None => Err(Unseen(format!("`{name}` of unread octets"))),
                }
            }
            QueryTerm::Bound { .. } | QueryTerm::Name(_) => {
                Err(Unseen("names of the model".into()))
            }
        }
    }
}

/// The first instance that is left without a beginning of its own, however the
/// beginnings are given out.
fn unmatched(choices: &[Vec<Instance>]) -> Option<usize> {
    let mut taken: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    (0..choices.len()).find(|end| !given(*end, choices, &mut taken, &mut BTreeSet::new()))
}

/// Whether an end can have a beginning, moving others aside where they have
/// another choice. With several injective events in one conclusion all of them
/// are taken together, and nobody is moved.
fn given(
    end: usize,
    choices: &[Vec<Instance>],
    taken: &mut BTreeMap<(usize, usize), usize>,
    tried: &mut BTreeSet<(usize, usize)>,
) -> bool {
    for choice in choices.get(end).into_iter().flatten() {
        match choice.injective.as_slice() {
            [] => return true,
            [only] => {
                if !tried.insert(*only) {
                    continue;
                }
                let free = match taken.get(only).copied() {
                    None => true,
                    Some(other) => given(other, choices, taken, tried),
                };
                if free {
                    taken.insert(*only, end);
                    return true;
                }
            }
            several => {
                if several.iter().all(|one| !taken.contains_key(one)) {
                    taken.extend(several.iter().map(|one| (*one, end)));
                    return true;
                }
            }
        }
    }
    false
}

fn not_evaluated(why: &str) -> QueryOutcome {
    QueryOutcome::NotEvaluated { why: why.into() }
}

fn id(program: &Program, query: &Query) -> String {
    match &query.label {
        Some(label) => label.id.clone(),
        None => crate::derive::place(program, query.span),
    }
}

fn show(statement: &Correspondence, assignment: &Assignment) -> String {
    let values: Vec<String> = assignment
        .iter()
        .map(|(id, octets)| {
            let name = statement
                .variables
                .get(*id as usize)
                .map_or("?", |variable| &variable.name);
            format!("{name} = {}", hex::encode(octets))
        })
        .collect();
    values.join(", ")
}
