//! The queries of a model, evaluated on one run.
//!
//! What was proved of every run holds of a run that conforms. So evaluating a
//! proved query on it can only confirm; if it does not, the gate, the prover or
//! an assumption is wrong, and that has to stop everything. A query whose
//! premise an honest run reaches is not true for lack of runs, either.
//!
//! Terms are compared by their octets. A data constructor in a query is taken
//! apart with the messages the run has read.

use std::collections::BTreeMap;

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
}

/// Values of the variables of a query.
type Assignment = BTreeMap<u32, Vec<u8>>;

/// What a run on octets does not show.
struct Unseen(String);

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
        let instances = match self.solutions(program, &premise, &Assignment::new(), u64::MAX) {
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
        for (assignment, line) in &instances {
            match self.solutions(program, &statement.conclusion, assignment, *line) {
                Ok(found) if !found.is_empty() => {}
                Ok(_) => {
                    return QueryOutcome::Violated {
                        instance: show(statement, assignment),
                    };
                }
                Err(Unseen(why)) => return not_evaluated(&why),
            }
        }
        QueryOutcome::Holds {
            instances: instances.len(),
        }
    }

    /// Extensions of an assignment under which a formula holds, each with the
    /// latest line of its events, none of which is after `before`.
    fn solutions(
        &self,
        program: &Program,
        formula: &Formula,
        assignment: &Assignment,
        before: u64,
    ) -> Result<Vec<(Assignment, u64)>, Unseen> {
        match formula {
            Formula::True => Ok(vec![(assignment.clone(), 0)]),
            Formula::False => Ok(Vec::new()),
            Formula::And(all) => {
                let mut found = vec![(assignment.clone(), 0)];
                for formula in all {
                    let mut extended = Vec::new();
                    for (assignment, line) in found {
                        let inner = self.solutions(program, formula, &assignment, before)?;
                        extended.extend(inner.into_iter().map(|(a, at)| (a, at.max(line))));
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
                    match self.solutions(program, formula, assignment, before) {
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
                if *injective {
                    return Err(Unseen("injective agreement".into()));
                }
                let name = program.events.get(event.0 as usize).map(|e| &e.name);
                let mut found = Vec::new();
                for reached in &self.events {
                    if Some(&reached.event) != name || reached.line > before {
                        continue;
                    }
                    let mut extended = assignment.clone();
                    if self.matches_all(program, arguments, &reached.arguments, &mut extended)? {
                        found.push((extended, reached.line));
                    }
                }
                Ok(found)
            }
            Formula::Equal(left, right, _) => self.equal(program, left, right, assignment),
            Formula::Unequal(left, right, _) => {
                let equal = self.equal(program, left, right, assignment)?;
                Ok(match equal.is_empty() {
                    true => vec![(assignment.clone(), 0)],
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
        assignment: &Assignment,
    ) -> Result<Vec<(Assignment, u64)>, Unseen> {
        for (known, other) in [(left, right), (right, left)] {
            if let QueryTerm::Var(id) = known
                && let Some(octets) = assignment.get(id)
            {
                let octets = octets.clone();
                let mut extended = assignment.clone();
                return Ok(
                    match self.matches(program, other, &octets, &mut extended)? {
                        true => vec![(extended, 0)],
                        false => Vec::new(),
                    },
                );
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
