//! What each `new` depends on.
//!
//! A fresh name becomes a function of the sessions of the replications around
//! it and of variables bound before it. Soundness asks for two things: the term
//! of a name is determined by the run, and different names have different terms
//! (disequalities rely on that). The sessions alone give both, because a copy of
//! a process passes each of its points at most once. Variables bound by inputs
//! and `get`s are added for precision: they tie a name to the messages of its
//! session. Since their values are fixed when the name is made, the term stays
//! determined.
//!
//! Of those variables only the ones used later count, directly or through a
//! `let`; the others cannot be confused any more. Uses are ordered by the text,
//! which over-approximates "later" (both branches of a test are in the text). A
//! variable that a query names in `new n[x = …]` is kept in any case, and becomes an
//! argument where it was none, as what `let` binds: its value is fixed too when the name
//! is made.

use crate::options::Options;
use pi::{
    EventId, Formula, KeyCompromise, Pattern, PatternKind, PointId, Process, ProcessKind, Program,
    QueryKind, QueryTerm, Term, TermKind, VarId,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a name depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Replications, outermost first.
    pub(crate) sessions: Vec<PointId>,
    /// Variables in order of binding.
    pub(crate) variables: Vec<VarId>,
}

/// A precise input (no columns) or get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Precise {
    /// How many replications are around it.
    pub(crate) sessions: usize,
    /// How many columns the table has.
    pub(crate) columns: Option<usize>,
}

/// An execution of an event that is told apart from others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Executed {
    /// How many replications are around it.
    pub(crate) sessions: usize,
    /// Variables in scope that an input or get binds, in order of binding.
    pub(crate) variables: Vec<VarId>,
}

/// All scopes of a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scopes {
    /// By the name's binder.
    pub(crate) names: BTreeMap<VarId, Scope>,
    /// By point.
    pub(crate) precise: BTreeMap<PointId, Precise>,
    /// Events whose occurrences the options ask for, by point.
    pub(crate) executed: BTreeMap<PointId, Executed>,
}

/// Computes the scopes; with full arguments, names depend on every variable in
/// scope.
pub(crate) fn scopes(program: &Program, options: &Options) -> Scopes {
    // A name that depends on what another session sent is not compromised.
    let compromised = program.settings.key_compromise != KeyCompromise::None;
    let full = options.full_arguments || compromised;
    let mut walk = Walk {
        precise_actions: program.settings.precise_actions,
        options: Some(options),
        ..Walk::default()
    };
    walk.process(&program.process);
    walk.propagate();
    let mut named = BTreeMap::new();
    variables_of_queries(program, &mut named);
    let any_named: BTreeSet<VarId> = named.values().flatten().copied().collect();
    let Walk {
        names,
        last_use,
        precise,
        executed,
        ..
    } = walk;
    let names = names
        .into_iter()
        .map(|(var, made)| {
            let mut variables: Vec<VarId> = match made.explicit {
                Some(listed) => listed,
                None => made
                    .bound
                    .into_iter()
                    .filter(|v| {
                        full || any_named.contains(v)
                            || last_use.get(v).is_some_and(|at| *at > made.clock)
                    })
                    .collect(),
            };
            for v in named.get(&var).into_iter().flatten() {
                if !variables.contains(v) {
                    variables.push(*v);
                }
            }
            let sessions = made.sessions;
            (
                var,
                Scope {
                    sessions,
                    variables,
                },
            )
        })
        .collect();
    Scopes {
        names,
        precise,
        executed,
    }
}

/// The scope at a point, before liveness is known.
#[derive(Clone, Debug)]
struct Made {
    clock: u64,
    sessions: Vec<PointId>,
    bound: Vec<VarId>,
    explicit: Option<Vec<VarId>>,
}

#[derive(Clone, Debug, Default)]
struct Surroundings {
    sessions: Vec<PointId>,
    bound: Vec<VarId>,
    /// An event that a later one may correspond to has been passed. What is
    /// received from here on is tied to the session, so that two ends behind
    /// one begin are seen to be of one run.
    begun: bool,
}

#[derive(Default)]
struct Walk<'o> {
    precise_actions: bool,
    /// None when only the variables of a term are sought.
    options: Option<&'o Options>,
    executed: BTreeMap<PointId, Executed>,
    clock: u64,
    last_use: BTreeMap<VarId, u64>,
    /// A variable bound by `let`, and the variables its value is made of.
    derived: Vec<(VarId, Vec<VarId>)>,
    names: BTreeMap<VarId, Made>,
    precise: BTreeMap<PointId, Precise>,
}

impl Walk<'_> {
    /// Text order, without recursion along continuations.
    fn process<'p>(&mut self, whole: &'p Process) {
        let mut work: Vec<(&'p Process, Surroundings)> = vec![(whole, Surroundings::default())];
        while let Some((process, mut around)) = work.pop() {
            self.clock += 1;
            match &process.kind {
                ProcessKind::Nil => {}
                ProcessKind::Call { bindings, body, .. } => {
                    for (parameter, value) in bindings {
                        self.term(value, &around);
                        self.derived.push((*parameter, variables_of(value)));
                    }
                    work.push((body, around));
                }
                ProcessKind::Event {
                    event,
                    arguments,
                    then,
                } => {
                    for a in arguments {
                        self.term(a, &around);
                    }
                    self.event(process.point, *event, &mut around);
                    work.push((then, around));
                }
                ProcessKind::Insert {
                    arguments, then, ..
                } => {
                    for a in arguments {
                        self.term(a, &around);
                    }
                    work.push((then, around));
                }
                ProcessKind::Get {
                    patterns,
                    condition,
                    precise,
                    then,
                    otherwise,
                    ..
                } => {
                    self.precise(process.point, *precise, &around, Some(patterns.len()));
                    if let Some(otherwise) = otherwise {
                        work.push((otherwise, around.clone()));
                    }
                    for p in patterns {
                        self.pattern(p, &around);
                        binders(p, &mut around.bound);
                    }
                    if let Some(condition) = condition {
                        self.term(condition, &around);
                    }
                    work.push((then, around));
                }
                ProcessKind::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    self.term(condition, &around);
                    work.push((otherwise, around.clone()));
                    work.push((then, around));
                }
                ProcessKind::Input {
                    channel,
                    pattern,
                    precise,
                    then,
                } => {
                    self.precise(process.point, *precise, &around, None);
                    self.term(channel, &around);
                    self.pattern(pattern, &around);
                    binders(pattern, &mut around.bound);
                    work.push((then, around));
                }
                ProcessKind::Let {
                    pattern,
                    value,
                    then,
                    otherwise,
                } => {
                    self.binding(pattern, value, &around);
                    work.push((otherwise, around.clone()));
                    work.push((then, around));
                }
                ProcessKind::LetSuchThat {
                    variables,
                    arguments,
                    then,
                    otherwise,
                    ..
                } => {
                    for a in arguments {
                        self.term(a, &around);
                    }
                    work.push((otherwise, around.clone()));
                    around.bound.extend(variables);
                    work.push((then, around));
                }
                ProcessKind::New {
                    name,
                    arguments,
                    then,
                } => {
                    self.made(*name, arguments.as_ref(), &around);
                    work.push((then, around));
                }
                ProcessKind::Output {
                    channel,
                    message,
                    then,
                } => {
                    self.term(channel, &around);
                    self.term(message, &around);
                    work.push((then, around));
                }
                ProcessKind::Parallel(parts) => {
                    for p in parts.iter().rev() {
                        work.push((p, around.clone()));
                    }
                }
                ProcessKind::Phase { then, .. } => work.push((then, around)),
                ProcessKind::Replicate(body) => {
                    around.sessions.push(process.point);
                    work.push((body, around));
                }
            }
        }
    }

    fn term(&mut self, term: &Term, around: &Surroundings) {
        self.clock += 1;
        match &term.kind {
            TermKind::Fail | TermKind::Name(_) => {}
            TermKind::Var(v) => {
                self.last_use.insert(*v, self.clock);
            }
            TermKind::Apply(_, arguments) => {
                for a in arguments {
                    self.term(a, around);
                }
            }
            TermKind::Event {
                point,
                event,
                arguments,
                then,
            } => {
                for a in arguments {
                    self.term(a, around);
                }
                let mut inside = around.clone();
                self.event(*point, *event, &mut inside);
                self.term(then, &inside);
            }
            TermKind::Insert {
                arguments, then, ..
            } => {
                for a in arguments {
                    self.term(a, around);
                }
                self.term(then, around);
            }
            TermKind::Get {
                point,
                patterns,
                condition,
                precise,
                then,
                otherwise,
                ..
            } => {
                self.precise(*point, *precise, around, Some(patterns.len()));
                let mut inside = around.clone();
                for p in patterns {
                    self.pattern(p, &inside);
                    binders(p, &mut inside.bound);
                }
                if let Some(condition) = condition {
                    self.term(condition, &inside);
                }
                self.term(then, &inside);
                self.term(otherwise, around);
            }
            TermKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.term(condition, around);
                self.term(then, around);
                self.term(otherwise, around);
            }
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                self.binding(pattern, value, around);
                self.term(then, around);
                self.term(otherwise, around);
            }
            TermKind::LetSuchThat {
                variables,
                arguments,
                then,
                otherwise,
                ..
            } => {
                for a in arguments {
                    self.term(a, around);
                }
                let mut inside = around.clone();
                inside.bound.extend(variables);
                self.term(then, &inside);
                self.term(otherwise, around);
            }
            TermKind::New {
                name,
                arguments,
                then,
                ..
            } => {
                self.made(*name, arguments.as_ref(), around);
                self.term(then, around);
            }
        }
    }

    fn binding(&mut self, pattern: &Pattern, value: &Term, around: &Surroundings) {
        self.term(value, around);
        self.pattern(pattern, around);
        let made_of = variables_of(value);
        let mut bound = Vec::new();
        binders(pattern, &mut bound);
        for v in bound {
            self.derived.push((v, made_of.clone()));
        }
    }

    fn pattern(&mut self, pattern: &Pattern, around: &Surroundings) {
        match &pattern.kind {
            PatternKind::Data(_, parts) => {
                for p in parts {
                    self.pattern(p, around);
                }
            }
            PatternKind::Equal(term) => self.term(term, around),
            PatternKind::Var(_) => {}
        }
    }

    fn made(&mut self, name: VarId, explicit: Option<&Vec<VarId>>, around: &Surroundings) {
        self.names.insert(
            name,
            Made {
                clock: self.clock,
                sessions: around.sessions.clone(),
                bound: around.bound.clone(),
                explicit: explicit.cloned(),
            },
        );
    }

    fn event(&mut self, point: PointId, event: EventId, around: &mut Surroundings) {
        let Some(options) = self.options else { return };
        let begins = options.begins_at.contains(event);
        if begins || options.ends_at.contains(event) {
            let executed = Executed {
                sessions: around.sessions.len(),
                variables: around.bound.clone(),
            };
            self.executed.insert(point, executed);
        }
        around.begun |= begins;
    }

    fn precise(
        &mut self,
        point: PointId,
        precise: bool,
        around: &Surroundings,
        columns: Option<usize>,
    ) {
        if precise || self.precise_actions || around.begun {
            let sessions = around.sessions.len();
            self.precise.insert(point, Precise { sessions, columns });
        }
    }

    /// A variable is used as late as whatever was computed from it. Later
    /// bindings first, so that chains are followed.
    fn propagate(&mut self) {
        for (bound, made_of) in self.derived.iter().rev() {
            let Some(used) = self.last_use.get(bound).copied() else {
                continue;
            };
            for v in made_of {
                let at = self.last_use.entry(*v).or_insert(used);
                *at = (*at).max(used);
            }
        }
    }
}

/// Adds the variables a pattern binds, left to right.
pub(crate) fn binders(pattern: &Pattern, into: &mut Vec<VarId>) {
    match &pattern.kind {
        PatternKind::Data(_, parts) => {
            for p in parts {
                binders(p, into);
            }
        }
        PatternKind::Equal(_) => {}
        PatternKind::Var(v) => into.push(*v),
    }
}

/// The variables that occur in a term, those bound inside included.
pub(crate) fn variables_of(term: &Term) -> Vec<VarId> {
    let mut walk = Walk::default();
    walk.term(term, &Surroundings::default());
    walk.last_use.into_keys().collect()
}

/// The variables that `new n[x = …]` names, by the binder of n.
type Named = BTreeMap<VarId, BTreeSet<VarId>>;

fn variables_of_queries(program: &Program, into: &mut Named) {
    let queries = program.queries.iter().filter_map(|q| match &q.kind {
        QueryKind::Correspondence(c) => Some(c),
        QueryKind::Secret { .. } => None,
    });
    for c in queries.chain(program.lemmas.iter().map(|l| &l.statement)) {
        for f in c.premises.iter().chain([&c.conclusion]) {
            formula_variables(f, into);
        }
    }
    let not = program.not_facts.iter().map(|n| &n.fact);
    for fact in not.chain(program.hints.iter().map(|h| &h.fact)) {
        formula_variables(fact, into);
    }
}

fn formula_variables(formula: &Formula, into: &mut Named) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            for p in parts {
                formula_variables(p, into);
            }
        }
        Formula::Nested(fact, conclusion) => {
            formula_variables(fact, into);
            formula_variables(conclusion, into);
        }
        Formula::Attacker { term, .. } => query_term_variables(term, into),
        Formula::Message { channel, term, .. } => {
            query_term_variables(channel, into);
            query_term_variables(term, into);
        }
        Formula::Equal(l, r, _) | Formula::Unequal(l, r, _) => {
            query_term_variables(l, into);
            query_term_variables(r, into);
        }
        Formula::Event { arguments, .. }
        | Formula::Natural(_, arguments, _)
        | Formula::Predicate { arguments, .. }
        | Formula::Table { arguments, .. } => {
            for a in arguments {
                query_term_variables(a, into);
            }
        }
        Formula::False | Formula::True => {}
    }
}

fn query_term_variables(term: &QueryTerm, into: &mut Named) {
    match term {
        QueryTerm::Apply(_, arguments) => {
            for a in arguments {
                query_term_variables(a, into);
            }
        }
        QueryTerm::Bound {
            name, arguments, ..
        } => {
            for (which, value) in arguments {
                if let pi::BoundArgument::Variable(v) = which {
                    into.entry(*name).or_default().insert(*v);
                }
                query_term_variables(value, into);
            }
        }
        QueryTerm::Name(_) | QueryTerm::Var(_) => {}
    }
}
