//! Secrets that equations write in several ways, as events of somebody who is told.
//!
//! `exp(exp(g, a), b)` and `exp(exp(g, b), a)` are one message. A query about the
//! attacker's knowledge of it speaks of two terms, and a goal of one. So the process
//! gets a listener beside it, `in(told, =M); event knows`, on a public channel of its
//! own, in the phase that the query means: what `=M` compares is compared modulo the
//! equations. The premise `attacker(M)` is then `event(knows)`.
//!
//! Where the attacker knows M, it can send it, and nothing else happens in between;
//! where the event happens, M was sent by somebody who had it, and on this channel that
//! is the attacker. So a run violates the one query if and only if a run violates the
//! other. Nobody else knows of the channel, and the listener says nothing.

use crate::program::{
    Correspondence, Equation, Event, EventId, Formula, FreeName, FunctionKind, KeyCompromise,
    NameId, Pattern, PatternKind, PointId, Process, ProcessKind, Program, QueryKind, QueryTerm,
    RuleTerm, Term, TermKind, TypeId,
};
use crate::source::Span;
use crate::wording::last_phase;
use std::collections::BTreeMap;

/// The program with a listener for each such premise of a query; `None` if it has none.
pub(crate) fn encoded(program: &Program, query: u32) -> Option<Program> {
    let asked = program.queries.get(query as usize)?;
    let QueryKind::Correspondence(statement) = &asked.kind else {
        return None;
    };
    let settings = &program.settings;
    if settings.passive_attacker
        || settings.key_compromise != KeyCompromise::None
        || asked.lemma.is_some()
        || speaks_of_messages(program, statement)
    {
        return None;
    }
    let permuting: Vec<&Equation> = program.equations.iter().filter(|e| permutes(e)).collect();
    let eligible = |premise: &Formula| match premise {
        Formula::Attacker { term, .. } => has_several_forms(&permuting, term),
        _ => false,
    };
    if !statement.premises.iter().any(eligible) {
        return None;
    }
    let mut encoded = program.clone();
    let mut premises = statement.premises.clone();
    let mut listeners = Vec::new();
    for premise in &mut premises {
        let Formula::Attacker {
            term,
            phase,
            time: None,
            span,
        } = premise
        else {
            continue;
        };
        if !has_several_forms(&permuting, term) {
            continue;
        }
        let Some(message) = plain(program, term, *span) else {
            continue;
        };
        let phase = phase.unwrap_or_else(|| last_phase(program));
        let event = told(&mut encoded, message, phase, &mut listeners, *span);
        *premise = Formula::Event {
            event,
            arguments: Vec::new(),
            injective: false,
            time: None,
            span: *span,
        };
    }
    if listeners.is_empty() {
        return None;
    }
    if let Some(query) = encoded.queries.get_mut(query as usize) {
        query.kind = QueryKind::Correspondence(Correspondence {
            premises,
            ..statement.clone()
        });
    }
    let (points, span) = (encoded.points, encoded.process.span);
    encoded.points = points.saturating_add(1);
    let all = Process {
        point: PointId(points),
        kind: ProcessKind::Nil,
        span,
    };
    let process = std::mem::replace(&mut encoded.process, all);
    let parts = std::iter::once(process).chain(listeners).collect();
    encoded.process.kind = ProcessKind::Parallel(parts);
    Some(encoded)
}

/// Adds a listener; the event that it has heard the message.
fn told(
    program: &mut Program,
    message: Term,
    phase: u32,
    listeners: &mut Vec<Process>,
    span: Span,
) -> EventId {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let event = EventId(number(program.events.len()));
    program.events.push(Event {
        name: "knows".to_owned(),
        parameters: Vec::new(),
        span,
    });
    let channel = NameId(number(program.names.len()));
    program.names.push(FreeName {
        name: "told".to_owned(),
        ty: TypeId::CHANNEL,
        private: false,
        span: None,
    });
    let mut next = program.points;
    let mut process = |kind| {
        let point = PointId(next);
        next = next.saturating_add(1);
        Process { point, kind, span }
    };
    let nil = process(ProcessKind::Nil);
    let tell = process(ProcessKind::Event {
        event,
        arguments: Vec::new(),
        then: Box::new(nil),
    });
    let ty = message.ty;
    let listen = process(ProcessKind::Input {
        channel: Term {
            kind: TermKind::Name(channel),
            ty: TypeId::CHANNEL,
            span,
        },
        pattern: Pattern {
            kind: PatternKind::Equal(Box::new(message)),
            ty,
            span,
        },
        precise: false,
        then: Box::new(tell),
    });
    listeners.push(match phase {
        0 => listen,
        _ => process(ProcessKind::Phase {
            phase,
            then: Box::new(listen),
        }),
    });
    program.points = next;
    event
}

/// Whether something says what is sent on channels, of which there is then one more,
/// or is assumed of all that the attacker knows.
fn speaks_of_messages(program: &Program, statement: &Correspondence) -> bool {
    let mut premises = program.lemmas.iter().flat_map(|l| &l.statement.premises);
    let lemmas = program.lemmas.iter().map(|l| &l.statement);
    premises.any(is_about_anything)
        || lemmas
            .chain([statement])
            .any(|s| s.premises.iter().any(is_about_messages) || is_about_messages(&s.conclusion))
}

fn is_about_anything(premise: &Formula) -> bool {
    match premise {
        Formula::And(parts) => parts.iter().any(is_about_anything),
        Formula::Attacker { term, .. } => matches!(term, QueryTerm::Var(_)),
        _ => false,
    }
}

fn is_about_messages(formula: &Formula) -> bool {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => parts.iter().any(is_about_messages),
        Formula::Nested(fact, then) => is_about_messages(fact) || is_about_messages(then),
        Formula::Message { .. } => true,
        _ => false,
    }
}

/// Whether it gives a function other arguments and leaves it where it is.
fn permutes(equation: &Equation) -> bool {
    match (&equation.left, &equation.right) {
        (RuleTerm::Apply(f, _), RuleTerm::Apply(g, _)) => f == g,
        _ => false,
    }
}

/// Whether such an equation rewrites the term somewhere.
fn has_several_forms(permuting: &[&Equation], term: &QueryTerm) -> bool {
    let QueryTerm::Apply(_, arguments) = term else {
        return false;
    };
    let sides = permuting.iter().flat_map(|e| [&e.left, &e.right]);
    let mut sides = sides.map(|side| matches(side, term, &mut BTreeMap::new()));
    sides.any(|found| found) || arguments.iter().any(|a| has_several_forms(permuting, a))
}

fn matches<'t>(
    side: &RuleTerm,
    term: &'t QueryTerm,
    values: &mut BTreeMap<u32, &'t QueryTerm>,
) -> bool {
    match (side, term) {
        (RuleTerm::Var(v), _) => *values.entry(*v).or_insert(term) == term,
        (RuleTerm::Apply(f, parts), QueryTerm::Apply(g, arguments)) => {
            f == g
                && parts.len() == arguments.len()
                && parts
                    .iter()
                    .zip(arguments)
                    .all(|(part, argument)| matches(part, argument, values))
        }
        _ => false,
    }
}

/// The term as one of a process, if it has constructors and free names only.
fn plain(program: &Program, term: &QueryTerm, span: Span) -> Option<Term> {
    let (kind, ty) = match term {
        QueryTerm::Apply(function, arguments) => {
            let declared = program.functions.get(function.0 as usize)?;
            if !matches!(
                declared.kind,
                FunctionKind::Constructor { .. } | FunctionKind::Tuple
            ) {
                return None;
            }
            let arguments = arguments.iter().map(|a| plain(program, a, span));
            let arguments = arguments.collect::<Option<Vec<_>>>()?;
            (TermKind::Apply(*function, arguments), declared.result)
        }
        QueryTerm::Name(name) => {
            let declared = program.names.get(name.0 as usize)?;
            (TermKind::Name(*name), declared.ty)
        }
        QueryTerm::Bound { .. } | QueryTerm::Var(_) => return None,
    };
    Some(Term { kind, ty, span })
}
