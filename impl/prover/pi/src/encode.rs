//! Queries that speak of binders, as plain ones about a process with more in it.
//!
//! `query secret x` asks whether the attacker ever knows a value of x. Every
//! binder of x is followed by an event that tells the value, and the query is
//! that this event and the attacker's knowledge of the value exclude each other.
//! `public_vars k` gives the attacker every value of k: each binder of k is
//! followed by an output on a public channel of its own. ProVerif encodes both
//! in this way, and says so. A third encoding is [`crate::known`]'s.
//!
//! The encoding is for one query. It adds events, points and a name behind those
//! of the program, so their numbers keep their meaning; of lemmas, axioms and
//! restrictions those are left out that speak of another process.

use crate::diagnostic::Diagnostic;
use crate::known;
use crate::program::{
    Correspondence, Event, EventId, Formula, FreeName, LemmaKind, NameId, Pattern, PatternKind,
    PointId, Process, ProcessKind, Program, QueryKind, QueryTerm, QueryVariable, Term, TermKind,
    TypeId, VarId,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The program that answers a query: itself, unless the query has to be encoded.
/// All other queries of an encoded program are as they were.
///
/// # Errors
/// A binder the query speaks of stands inside a term.
pub fn asked(program: &Program, query: u32) -> Result<Cow<'_, Program>, Diagnostic> {
    let Some(asked) = program.queries.get(query as usize) else {
        return Ok(Cow::Borrowed(program));
    };
    let (secret, public) = match &asked.kind {
        QueryKind::Correspondence(c) => (&[] as &[VarId], &c.public_variables),
        QueryKind::Secret {
            variables,
            public_variables,
        } => (variables.as_slice(), public_variables),
    };
    if secret.is_empty() && public.is_empty() {
        return Ok(known::encoded(program, query).map_or(Cow::Borrowed(program), Cow::Owned));
    }
    let mut encoder = Encoder {
        program: program.clone(),
        insertions: BTreeMap::new(),
    };
    let statement = match &asked.kind {
        QueryKind::Correspondence(c) => Correspondence {
            public_variables: Vec::new(),
            ..c.clone()
        },
        QueryKind::Secret { variables, .. } => encoder.secrecy(variables),
    };
    if !public.is_empty() {
        encoder.only_assumptions(public);
    }
    encoder.publish(public);
    let missing = encoder.insert();
    if let Some(binder) = missing.first() {
        let name = program
            .variables
            .get(binder.0 as usize)
            .map_or("x", |v| v.name.as_str());
        return Err(Diagnostic::error(
            asked.span,
            format!("`{name}` is bound inside a term, where this query cannot follow it"),
        )
        .with_hint("bind it by a `let` of the process"));
    }
    let mut encoded = encoder.program;
    if let Some(query) = encoded.queries.get_mut(query as usize) {
        query.kind = QueryKind::Correspondence(statement);
    }
    Ok(Cow::Owned(encoded))
}

/// What follows a binder.
#[derive(Clone, Copy)]
enum Insertion {
    Output(NameId),
    Tell(EventId),
}

struct Encoder {
    program: Program,
    insertions: BTreeMap<VarId, Vec<Insertion>>,
}

impl Encoder {
    /// Keeps what is assumed `for` these variables. The rest is assumed or proved of
    /// another process; so are lemmas, whose proofs would have to be encoded too, and
    /// which only help.
    fn only_assumptions(&mut self, public: &[VarId]) {
        let program = &mut self.program;
        let public: BTreeSet<&VarId> = public.iter().collect();
        program.lemmas.retain_mut(|lemma| {
            let mine: BTreeSet<&VarId> = lemma.statement.public_variables.iter().collect();
            let kept = lemma.kind != LemmaKind::Lemma && mine == public;
            lemma.statement.public_variables.clear();
            kept
        });
        for query in &mut program.queries {
            query.lemma = None;
        }
    }

    /// `event(x_contains(v)) && attacker(v)` is never the case.
    fn secrecy(&mut self, variables: &[VarId]) -> Correspondence {
        let name = variables.first().map_or("x", |v| self.name(*v)).to_owned();
        let types: BTreeSet<TypeId> = variables.iter().map(|v| self.ty(*v)).collect();
        let ty = match types.first() {
            Some(only) if types.len() == 1 => *only,
            _ => TypeId::ANY,
        };
        let span = self.program.process.span;
        let event = EventId(number(self.program.events.len()));
        self.program.events.push(Event {
            name: format!("{name}_contains"),
            parameters: vec![ty],
            span,
        });
        for v in variables {
            let all = self.insertions.entry(*v).or_default();
            all.push(Insertion::Tell(event));
        }
        let value = || QueryTerm::Var(0);
        Correspondence {
            variables: vec![QueryVariable {
                name: "v".to_owned(),
                ty,
            }],
            premises: vec![
                Formula::Event {
                    event,
                    arguments: vec![value()],
                    injective: false,
                    time: None,
                    span,
                },
                Formula::Attacker {
                    term: value(),
                    phase: None,
                    time: None,
                    span,
                },
            ],
            conclusion: Formula::False,
            arrow: false,
            public_variables: Vec::new(),
        }
    }

    fn publish(&mut self, variables: &[VarId]) {
        if variables.is_empty() {
            return;
        }
        let channel = NameId(number(self.program.names.len()));
        self.program.names.push(FreeName {
            name: "public_vars".to_owned(),
            ty: TypeId::CHANNEL,
            private: false,
            span: None,
        });
        for v in variables {
            let all = self.insertions.entry(*v).or_default();
            all.push(Insertion::Output(channel));
        }
    }

    fn name(&self, variable: VarId) -> &str {
        let declared = self.program.variables.get(variable.0 as usize);
        declared.map_or("x", |v| v.name.as_str())
    }

    fn ty(&self, variable: VarId) -> TypeId {
        let declared = self.program.variables.get(variable.0 as usize);
        declared.map_or(TypeId::ANY, |v| v.ty)
    }

    /// Inserts behind every binder; returns those that no process binds.
    fn insert(&mut self) -> Vec<VarId> {
        let types: BTreeMap<VarId, TypeId> =
            self.insertions.keys().map(|v| (*v, self.ty(*v))).collect();
        let mut placed = BTreeSet::new();
        let mut next = self.program.points;
        let mut work = vec![&mut self.program.process];
        while let Some(process) = work.pop() {
            let (bound, then) = binds(&mut process.kind);
            if let Some(then) = then {
                for v in bound {
                    for insertion in self.insertions.get(&v).into_iter().flatten() {
                        placed.insert(v);
                        let old = std::mem::replace(then, nil(then));
                        *then = step(*insertion, v, types[&v], PointId(next), old);
                        next = next.saturating_add(1);
                    }
                }
            }
            work.extend(children(&mut process.kind));
        }
        self.program.points = next;
        let all = self.insertions.keys();
        all.filter(|v| !placed.contains(v)).copied().collect()
    }
}

fn nil(like: &Process) -> Process {
    Process {
        point: like.point,
        kind: ProcessKind::Nil,
        span: like.span,
    }
}

fn step(insertion: Insertion, v: VarId, ty: TypeId, point: PointId, then: Process) -> Process {
    let span = then.span;
    let value = Term {
        kind: TermKind::Var(v),
        ty,
        span,
    };
    let then = Box::new(then);
    let kind = match insertion {
        Insertion::Output(channel) => ProcessKind::Output {
            channel: Term {
                kind: TermKind::Name(channel),
                ty: TypeId::CHANNEL,
                span,
            },
            message: value,
            then,
        },
        Insertion::Tell(event) => ProcessKind::Event {
            event,
            arguments: vec![value],
            then,
        },
    };
    Process { point, kind, span }
}

/// What a prefix binds, and where it is known.
fn binds(kind: &mut ProcessKind) -> (Vec<VarId>, Option<&mut Process>) {
    match kind {
        ProcessKind::Call { bindings, body, .. } => {
            (bindings.iter().map(|(v, _)| *v).collect(), Some(body))
        }
        ProcessKind::Get { patterns, then, .. } => (variables(patterns), Some(then)),
        ProcessKind::Input { pattern, then, .. } | ProcessKind::Let { pattern, then, .. } => {
            (variables(std::slice::from_ref(pattern)), Some(then))
        }
        ProcessKind::LetSuchThat {
            variables, then, ..
        } => (variables.clone(), Some(then)),
        ProcessKind::New { name, then, .. } => (vec![*name], Some(then)),
        _ => (Vec::new(), None),
    }
}

fn variables(patterns: &[Pattern]) -> Vec<VarId> {
    let mut found = Vec::new();
    let mut work: Vec<&Pattern> = patterns.iter().rev().collect();
    while let Some(pattern) = work.pop() {
        match &pattern.kind {
            PatternKind::Data(_, below) => work.extend(below.iter().rev()),
            PatternKind::Var(v) => found.push(*v),
            _ => {}
        }
    }
    found
}

fn children(kind: &mut ProcessKind) -> Vec<&mut Process> {
    match kind {
        ProcessKind::Nil => Vec::new(),
        ProcessKind::Get {
            then, otherwise, ..
        } => otherwise
            .as_deref_mut()
            .into_iter()
            .chain([&mut **then])
            .collect(),
        ProcessKind::If {
            then, otherwise, ..
        }
        | ProcessKind::Let {
            then, otherwise, ..
        }
        | ProcessKind::LetSuchThat {
            then, otherwise, ..
        } => vec![otherwise, then],
        ProcessKind::Call { body: then, .. }
        | ProcessKind::Event { then, .. }
        | ProcessKind::Input { then, .. }
        | ProcessKind::Insert { then, .. }
        | ProcessKind::New { then, .. }
        | ProcessKind::Output { then, .. }
        | ProcessKind::Phase { then, .. }
        | ProcessKind::Replicate(then) => vec![then],
        ProcessKind::Parallel(parts) => parts.iter_mut().rev().collect(),
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
