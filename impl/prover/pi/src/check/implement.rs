//! Whether the clauses of a predicate tell how to find out if it holds.
//!
//! A process asks a predicate with some arguments known and some to be found.
//! Its clauses must say how: what is known binds variables by taking data
//! constructors apart, each hypothesis is asked in turn, the last one first, and
//! binds more, and in the end everything in the conclusion is bound (ProVerif
//! manual, on `clauses` and `set predicatesImplementable`; the order is that of
//! ProVerif 2.05).

use super::Checker;
use crate::program::{
    Formula, FunId, FunctionKind, Pattern, PredicateId, Process, ProcessKind, Program, QueryTerm,
    Term, TermKind, UserClause, VarId,
};
use crate::source::Span;
use std::collections::BTreeSet;

/// What is wrong with a question.
type Fault = &'static str;

const UNDER: Fault = "this would take a function apart that is not `data`";
const UNBOUND: Fault = "a clause does not say what a variable of its conclusion is";
const COMPARED: Fault = "a clause compares what it does not say";
const RECURSIVE: Fault = "a clause asks it again and knows less then";
const ABSENT: Fault = "a variable of `suchthat` does not occur in the predicate";

/// How many questions answering one may lead to.
const QUESTIONS: u32 = 100_000;

impl Checker<'_> {
    /// Reports every question of the process that no clause tells how to answer.
    pub(super) fn predicates_implementable(&mut self) {
        let mut questions = Vec::new();
        let mut work = vec![&self.program.process];
        while let Some(process) = work.pop() {
            process_questions(process, &mut questions, &mut work);
        }
        let mut faults: Vec<(Span, Fault)> = Vec::new();
        for question in questions {
            if let Err(fault) = question.check(&self.program) {
                faults.push((question.span, fault));
            }
        }
        for (span, fault) in faults {
            self.error(
                span,
                format!("this predicate cannot be asked: {fault}"),
                Some("`set predicatesImplementable = nocheck.` leaves it to the prover"),
            );
        }
    }
}

/// `let variables suchthat predicate(arguments)`.
struct Question<'p> {
    variables: &'p [VarId],
    predicate: PredicateId,
    arguments: &'p [Term],
    span: Span,
}

impl Question<'_> {
    fn check(&self, program: &Program) -> Result<(), Fault> {
        let mut found = BTreeSet::new();
        let mut known = Vec::with_capacity(self.arguments.len());
        for argument in self.arguments {
            let mut open = BTreeSet::new();
            let under = sought(program, argument, self.variables, false, &mut open);
            if under {
                return Err(UNDER);
            }
            known.push(open.is_empty());
            found.extend(open);
        }
        if self.variables.iter().any(|v| !found.contains(v)) {
            return Err(ABSENT);
        }
        let mut asked = Asked {
            within: Vec::new(),
            left: QUESTIONS,
        };
        ask(program, self.predicate, &known, &mut asked)
    }
}

/// Adds the sought variables of a term; whether one is below a function that
/// cannot be taken apart.
fn sought(
    program: &Program,
    term: &Term,
    variables: &[VarId],
    below: bool,
    open: &mut BTreeSet<VarId>,
) -> bool {
    match &term.kind {
        TermKind::Var(v) if variables.contains(v) => {
            open.insert(*v);
            below
        }
        TermKind::Apply(f, arguments) => {
            let below = below || !opens(program, *f);
            let mut under = false;
            for a in arguments {
                under |= sought(program, a, variables, below, open);
            }
            under
        }
        _ => false,
    }
}

fn opens(program: &Program, function: FunId) -> bool {
    program.functions.get(function.0 as usize).is_some_and(|f| {
        matches!(
            f.kind,
            FunctionKind::Constructor { data: true, .. }
                | FunctionKind::Constructor {
                    type_converter: true,
                    ..
                }
                | FunctionKind::Natural(_)
                | FunctionKind::Tuple
        )
    })
}

/// The questions under way, the outermost first, and how many more may be asked.
struct Asked {
    within: Vec<(PredicateId, Vec<bool>)>,
    left: u32,
}

/// A predicate that is asked while it is answered has to be asked with at least as
/// much known, argument by argument: the answer is then on its way.
fn ask(
    program: &Program,
    predicate: PredicateId,
    known: &[bool],
    asked: &mut Asked,
) -> Result<(), Fault> {
    if let Some((_, before)) = asked.within.iter().find(|(p, _)| *p == predicate) {
        let less = before
            .iter()
            .zip(known)
            .any(|(before, now)| *before && !now);
        return if less { Err(RECURSIVE) } else { Ok(()) };
    }
    // Whoever writes so many is believed; nothing else rests on this.
    let Some(left) = asked.left.checked_sub(1) else {
        return Ok(());
    };
    asked.left = left;
    asked.within.push((predicate, known.to_vec()));
    for clause in &program.clauses {
        if let Formula::Predicate {
            predicate: concluded,
            arguments,
            ..
        } = &clause.conclusion
            && *concluded == predicate
        {
            answer(program, clause, arguments, known, asked)?;
        }
    }
    asked.within.pop();
    Ok(())
}

fn answer(
    program: &Program,
    clause: &UserClause,
    arguments: &[QueryTerm],
    known: &[bool],
    asked: &mut Asked,
) -> Result<(), Fault> {
    let mut bound = BTreeSet::new();
    let given = arguments.iter().zip(known).filter(|(_, known)| **known);
    bind(program, given.map(|(a, _)| a), &mut bound)?;
    for hypothesis in clause.hypotheses.iter().rev() {
        match hypothesis {
            Formula::Predicate {
                predicate,
                arguments,
                ..
            } => {
                let known: Vec<bool> = arguments.iter().map(|a| is_bound(a, &bound)).collect();
                ask(program, *predicate, &known, asked)?;
                bind(program, arguments.iter(), &mut bound)?;
            }
            Formula::Equal(left, right, _) if is_bound(left, &bound) || is_bound(right, &bound) => {
                bind(program, [left, right].into_iter(), &mut bound)?;
            }
            _ => {}
        }
    }
    let compared = clause.hypotheses.iter().filter_map(|h| match h {
        Formula::Unequal(left, right, _) => Some(vec![left, right]),
        Formula::Natural(_, terms, _) => Some(terms.iter().collect()),
        _ => None,
    });
    if !compared.flatten().all(|t| is_bound(t, &bound)) {
        return Err(COMPARED);
    }
    if arguments.iter().all(|a| is_bound(a, &bound)) {
        Ok(())
    } else {
        Err(UNBOUND)
    }
}

/// Binds the variables of terms whose values are known.
fn bind<'t>(
    program: &Program,
    mut terms: impl Iterator<Item = &'t QueryTerm> + Clone,
    bound: &mut BTreeSet<u32>,
) -> Result<(), Fault> {
    for term in terms.clone() {
        reach(program, term, bound);
    }
    if terms.all(|t| is_bound(t, bound)) {
        Ok(())
    } else {
        Err(UNDER)
    }
}

fn reach(program: &Program, term: &QueryTerm, bound: &mut BTreeSet<u32>) {
    match term {
        QueryTerm::Var(v) => {
            bound.insert(*v);
        }
        QueryTerm::Apply(f, arguments) if opens(program, *f) => {
            for a in arguments {
                reach(program, a, bound);
            }
        }
        QueryTerm::Apply(..) | QueryTerm::Bound { .. } | QueryTerm::Name(_) => {}
    }
}

fn is_bound(term: &QueryTerm, bound: &BTreeSet<u32>) -> bool {
    match term {
        QueryTerm::Apply(_, arguments) => arguments.iter().all(|a| is_bound(a, bound)),
        QueryTerm::Bound { .. } | QueryTerm::Name(_) => true,
        QueryTerm::Var(v) => bound.contains(v),
    }
}

fn process_questions<'p>(
    process: &'p Process,
    out: &mut Vec<Question<'p>>,
    work: &mut Vec<&'p Process>,
) {
    match &process.kind {
        ProcessKind::Nil => {}
        ProcessKind::Call { bindings, body, .. } => {
            for (_, value) in bindings {
                term_questions(value, out);
            }
            work.push(body);
        }
        ProcessKind::Event {
            arguments, then, ..
        }
        | ProcessKind::Insert {
            arguments, then, ..
        } => {
            arguments.iter().for_each(|a| term_questions(a, out));
            work.push(then);
        }
        ProcessKind::Get {
            patterns,
            condition,
            then,
            otherwise,
            ..
        } => {
            patterns.iter().for_each(|p| pattern_questions(p, out));
            condition.iter().for_each(|c| term_questions(c, out));
            work.push(then);
            work.extend(otherwise.as_deref());
        }
        ProcessKind::If {
            condition,
            then,
            otherwise,
        } => {
            term_questions(condition, out);
            work.extend([&**then, &**otherwise]);
        }
        ProcessKind::Let {
            pattern,
            value,
            then,
            otherwise,
        } => {
            pattern_questions(pattern, out);
            term_questions(value, out);
            work.extend([&**then, &**otherwise]);
        }
        ProcessKind::LetSuchThat {
            variables,
            predicate,
            arguments,
            then,
            otherwise,
            ..
        } => {
            out.push(Question {
                variables,
                predicate: *predicate,
                arguments,
                span: process.span,
            });
            arguments.iter().for_each(|a| term_questions(a, out));
            work.extend([&**then, &**otherwise]);
        }
        ProcessKind::Output {
            channel,
            message,
            then,
        } => {
            term_questions(channel, out);
            term_questions(message, out);
            work.push(then);
        }
        ProcessKind::Input {
            channel,
            pattern,
            then,
            ..
        } => {
            term_questions(channel, out);
            pattern_questions(pattern, out);
            work.push(then);
        }
        ProcessKind::New { then, .. } | ProcessKind::Phase { then, .. } => work.push(then),
        ProcessKind::Parallel(parts) => work.extend(parts),
        ProcessKind::Replicate(body) => work.push(body),
    }
}

fn pattern_questions<'p>(pattern: &'p Pattern, out: &mut Vec<Question<'p>>) {
    for term in super::condition::tests(pattern) {
        term_questions(term, out);
    }
}

fn term_questions<'p>(term: &'p Term, out: &mut Vec<Question<'p>>) {
    if let TermKind::LetSuchThat {
        variables,
        predicate,
        arguments,
        ..
    } = &term.kind
    {
        out.push(Question {
            variables,
            predicate: *predicate,
            arguments,
            span: term.span,
        });
    }
    for part in super::condition::parts(term) {
        term_questions(part, out);
    }
}
