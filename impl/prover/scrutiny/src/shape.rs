//! A correspondence seen as premise, core and excuses.
//!
//! A disjunct of the conclusion is an *excuse* if all its facts are events that
//! announce a compromise (comparisons may stand beside them); the other
//! disjuncts are the *core*: what the property promises.

use crate::compromise::Compromises;
use pi::{Correspondence, EventId, Formula, Program, Query, QueryKind, QueryTerm, QueryVariable};
use std::collections::BTreeSet;

/// A correspondence taken apart.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The query as written.
    pub query: Query,
    statement: Correspondence,
    /// Disjuncts that promise something.
    pub core: Vec<Formula>,
    /// Disjuncts that excuse a compromise.
    pub excuses: Vec<Formula>,
}

impl Shape {
    /// Takes a query apart; nothing for a query that is no correspondence.
    #[must_use]
    pub fn of(program: &Program, query: u32, known: &Compromises) -> Option<Self> {
        let query = program.queries.get(query as usize)?.clone();
        let QueryKind::Correspondence(statement) = &query.kind else {
            return None;
        };
        let statement = statement.clone();
        let (excuses, core) = disjuncts(&statement.conclusion)
            .into_iter()
            .partition(|d| is_excuse(program, d, known));
        Some(Self {
            query,
            statement,
            core,
            excuses,
        })
    }

    /// The events of the premise.
    pub fn premise_events(&self) -> impl Iterator<Item = EventId> + '_ {
        self.statement.premises.iter().filter_map(|p| match p {
            Formula::Event { event, .. } => Some(*event),
            _ => None,
        })
    }

    /// The events of the excuses, with their arguments.
    pub(crate) fn excused(&self) -> Vec<(EventId, Vec<QueryTerm>)> {
        let mut found = Vec::new();
        for excuse in &self.excuses {
            for fact in conjuncts(excuse) {
                if let Formula::Event {
                    event, arguments, ..
                } = fact
                {
                    found.push((*event, arguments.clone()));
                }
            }
        }
        found
    }

    /// The same premise with another conclusion; `fresh` are the variables the
    /// conclusion adds, numbered from [`Shape::variables`] on.
    pub(crate) fn ask(&self, disjuncts: Vec<Formula>, fresh: Vec<QueryVariable>) -> Query {
        let mut statement = self.statement.clone();
        statement.variables.extend(fresh);
        statement.arrow = true;
        statement.conclusion = match disjuncts.len() {
            0 => Formula::False,
            1 => disjuncts.into_iter().next().unwrap_or(Formula::False),
            _ => Formula::Or(disjuncts),
        };
        if statement.conclusion == Formula::False {
            statement.arrow = false;
        }
        Query {
            label: None,
            kind: QueryKind::Correspondence(statement),
            ..self.query.clone()
        }
    }

    /// The same premise that promises and excuses nothing.
    pub(crate) fn premise_only(&self) -> Self {
        Self {
            core: Vec::new(),
            excuses: Vec::new(),
            ..self.clone()
        }
    }

    /// The same without what the attacker is to know in the premise.
    pub(crate) fn happenings(&self) -> Self {
        let mut less = self.clone();
        let known = |p: &Formula| matches!(p, Formula::Attacker { .. } | Formula::Message { .. });
        less.statement.premises.retain(|p| !known(p));
        less
    }

    /// Whether the premise has something for the attacker to know.
    pub(crate) fn is_about_knowledge(&self) -> bool {
        let premises = &self.happenings().statement.premises;
        premises.len() < self.statement.premises.len()
    }

    /// The same with each event of the premise alone.
    pub(crate) fn one_by_one(&self) -> Vec<Self> {
        let events = self
            .statement
            .premises
            .iter()
            .filter(|p| matches!(p, Formula::Event { .. }));
        events
            .map(|event| {
                let mut alone = self.clone();
                alone.statement.premises = vec![event.clone()];
                alone
            })
            .collect()
    }

    /// Whether the premise fixes every variable of a term.
    pub(crate) fn fixes(&self, term: &QueryTerm) -> bool {
        let mut needed = BTreeSet::new();
        term.variables(&mut needed);
        let mut fixed = BTreeSet::new();
        for premise in &self.statement.premises {
            match premise {
                Formula::Event { arguments, .. } | Formula::Table { arguments, .. } => {
                    arguments.iter().for_each(|a| a.variables(&mut fixed));
                }
                Formula::Attacker { term, .. } => term.variables(&mut fixed),
                Formula::Message { channel, term, .. } => {
                    channel.variables(&mut fixed);
                    term.variables(&mut fixed);
                }
                _ => {}
            }
        }
        needed.is_subset(&fixed)
    }

    /// How many variables the query has.
    pub(crate) fn variables(&self) -> u32 {
        u32::try_from(self.statement.variables.len()).unwrap_or(u32::MAX)
    }

    /// All disjuncts, core first.
    pub(crate) fn all(&self) -> Vec<Formula> {
        self.core.iter().chain(&self.excuses).cloned().collect()
    }
}

/// A program that asks this query and no other.
pub(crate) fn asking(program: &Program, query: Query) -> Program {
    Program {
        queries: vec![query],
        ..program.clone()
    }
}

fn disjuncts(formula: &Formula) -> Vec<Formula> {
    match formula {
        Formula::Or(parts) => parts.iter().flat_map(disjuncts).collect(),
        Formula::False => Vec::new(),
        other => vec![other.clone()],
    }
}

fn conjuncts(formula: &Formula) -> Vec<&Formula> {
    match formula {
        Formula::And(parts) => parts.iter().flat_map(conjuncts).collect(),
        other => vec![other],
    }
}

fn is_excuse(program: &Program, formula: &Formula, known: &Compromises) -> bool {
    let mut announced = false;
    for fact in conjuncts(formula) {
        match fact {
            Formula::Event { event, .. } => {
                let name = program.events.get(event.0 as usize).map(|e| &e.name);
                if name.is_none_or(|name| known.find(name).is_none()) {
                    return false;
                }
                announced = true;
            }
            Formula::Equal(..) | Formula::Unequal(..) | Formula::True => {}
            _ => return false,
        }
    }
    announced
}
