//! Queries in the words of ProVerif 2.05's `RESULT` lines.
//!
//! Scripts and people compare these lines. A variable whose name the file has
//! used before is numbered as there, `x_1`; premises are reordered (events first, comparisons
//! last), `x < y` reads `y ≥ x + 1`, free names carry `[]`, and a query
//! without a conclusion reads `not …`.

mod binders;

use crate::program::{
    Binder, BoundArgument, Correspondence, Formula, FunId, FunctionKind, KeyCompromise,
    NaturalOperation, Process, ProcessKind, Program, Query, QueryKind, QueryTerm, QueryVariable,
    TypeId, VarId,
};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The query as it stands between `RESULT` and `is true.`, as in
/// `not attacker(s[])` or `event(e(x)) ==> event(b(x))`.
#[must_use]
pub fn result_text(program: &Program, query: &Query) -> String {
    match &query.kind {
        QueryKind::Correspondence(statement) => correspondence_text(program, statement),
        QueryKind::Secret {
            variables,
            public_variables,
        } => {
            let names = variable_names(program, variables);
            let public = public_text(program, public_variables);
            format!("secret {names}{public}")
        }
    }
}

/// The same for the statement of a query, lemma, axiom or restriction.
#[must_use]
pub fn correspondence_text(program: &Program, statement: &Correspondence) -> String {
    let mut premises: Vec<&Formula> = statement.premises.iter().collect();
    premises.sort_by_key(|premise| rank(premise));
    let (variables, binders) = numbered(program, &statement.variables, false);
    // What others run after the compromised sessions is said to be of a phase more.
    let strict = program.settings.key_compromise == KeyCompromise::Strict;
    let mut words = Words {
        program,
        statement,
        arguments: binders::arguments(program),
        last_phase: last_phase(program).saturating_add(u32::from(strict)),
        variables,
        binders,
        unfixed: BTreeMap::new(),
        fresh: 0,
    };
    let parts: Vec<String> = premises
        .iter()
        .map(|premise| words.formula(premise, Level::And))
        .collect();
    let left = parts.join(" && ");
    let public = public_text(program, &statement.public_variables);
    if statement.conclusion == Formula::False {
        return if parts.len() == 1 {
            format!("not {left}{public}")
        } else {
            format!("not ({left}){public}")
        };
    }
    let right = words.formula(&statement.conclusion, Level::Top);
    format!("{left} ==> {right}{public}")
}

/// The largest phase that the process or a query mentions: the phase of a
/// fact that names none.
#[must_use]
pub fn last_phase(program: &Program) -> u32 {
    let mut last = phase_of_process(&program.process);
    let mut see = |formula: &Formula| last = last.max(phase_of_formula(formula));
    for query in &program.queries {
        if let QueryKind::Correspondence(statement) = &query.kind {
            statement.premises.iter().for_each(&mut see);
            see(&statement.conclusion);
        }
    }
    for lemma in &program.lemmas {
        lemma.statement.premises.iter().for_each(&mut see);
        see(&lemma.statement.conclusion);
    }
    for fact in &program.not_facts {
        see(&fact.fact);
    }
    last
}

fn phase_of_process(process: &Process) -> u32 {
    match &process.kind {
        ProcessKind::Call { body: then, .. }
        | ProcessKind::Event { then, .. }
        | ProcessKind::Input { then, .. }
        | ProcessKind::Insert { then, .. }
        | ProcessKind::New { then, .. }
        | ProcessKind::Output { then, .. }
        | ProcessKind::Replicate(then) => phase_of_process(then),
        ProcessKind::Get {
            then, otherwise, ..
        } => {
            let other = otherwise.as_deref().map_or(0, phase_of_process);
            phase_of_process(then).max(other)
        }
        ProcessKind::If {
            then, otherwise, ..
        }
        | ProcessKind::Let {
            then, otherwise, ..
        }
        | ProcessKind::LetSuchThat {
            then, otherwise, ..
        } => phase_of_process(then).max(phase_of_process(otherwise)),
        ProcessKind::Nil => 0,
        ProcessKind::Parallel(parts) => parts.iter().map(phase_of_process).max().unwrap_or(0),
        ProcessKind::Phase { phase, then } => phase_of_process(then).max(*phase),
    }
}

fn phase_of_formula(formula: &Formula) -> u32 {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().map(phase_of_formula).max().unwrap_or(0)
        }
        Formula::Attacker { phase, .. }
        | Formula::Message { phase, .. }
        | Formula::Table { phase, .. } => phase.unwrap_or(0),
        Formula::Nested(premise, conclusion) => {
            phase_of_formula(premise).max(phase_of_formula(conclusion))
        }
        _ => 0,
    }
}

/// Injective events, events, other facts, comparisons.
fn rank(premise: &Formula) -> u8 {
    match premise {
        Formula::Event {
            injective: true, ..
        } => 0,
        Formula::Event { .. } => 1,
        Formula::Equal(..) | Formula::Natural(..) | Formula::Unequal(..) => 3,
        _ => 2,
    }
}

fn public_text(program: &Program, variables: &[VarId]) -> String {
    if variables.is_empty() {
        return String::new();
    }
    format!(" public_vars {}", variable_names(program, variables))
}

/// `k,m`; of several binders of one name the last stands first, as in `x_1,x`.
fn variable_names(program: &Program, variables: &[VarId]) -> String {
    let (_, binders) = numbered(program, &[], true);
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for var in variables {
        let name = variable_name(program, *var);
        let text = binders.get(var.0 as usize).map_or("?", String::as_str);
        match groups.iter_mut().find(|(n, _)| *n == name) {
            Some((_, group)) => group.insert(0, text),
            None => groups.push((name, vec![text])),
        }
    }
    let names: Vec<&str> = groups.into_iter().flat_map(|(_, group)| group).collect();
    names.join(",")
}

/// The names of a statement's variables and of the process's, apart from each other
/// and from all that is declared: what is taken gets the next free number. Parameters
/// that are another name for a variable are told apart where queries speak of them.
fn numbered(program: &Program, own: &[QueryVariable], aliases: bool) -> (Vec<String>, Vec<String>) {
    let mut next: BTreeMap<&str, u64> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let globals = program.names.iter().map(|n| n.name.as_str());
    let functions = program.functions.iter().map(|f| f.name.as_str());
    let declared = program.types.iter().map(|t| t.name.as_str());
    let declared = declared.chain(program.events.iter().map(|e| e.name.as_str()));
    let declared = declared.chain(program.tables.iter().map(|t| t.name.as_str()));
    let declared = declared.chain(program.predicates.iter().map(|p| p.name.as_str()));
    let mut choose = |name| {
        let base = unnumbered(name);
        let mut chosen = name.to_owned();
        while taken.contains(&chosen) {
            let number = next.entry(base).or_insert(0);
            *number += 1;
            chosen = format!("{base}_{number}");
        }
        taken.insert(chosen.clone());
        chosen
    };
    for name in globals.chain(functions).chain(declared) {
        choose(name);
    }
    let process = program.variables.iter().map(|v| match v.binder {
        Binder::Alias if !aliases => v.name.clone(),
        _ => choose(v.name.as_str()),
    });
    let process = process.collect();
    let own = own.iter().map(|v| choose(v.name.as_str()));
    (own.collect(), process)
}

/// `x` of `x_12`.
fn unnumbered(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((base, number))
            if !base.is_empty()
                && !number.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            base
        }
        _ => name,
    }
}

fn variable_name(program: &Program, var: VarId) -> &str {
    let variable = program.variables.get(var.0 as usize);
    variable.map_or("?", |variable| variable.name.as_str())
}

/// What stands around a formula: decides about parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Top,
    Or,
    And,
}

struct Words<'p> {
    program: &'p Program,
    statement: &'p Correspondence,
    arguments: BTreeMap<VarId, Vec<BoundArgument>>,
    last_phase: u32,
    /// The names of the statement's variables as they are printed.
    variables: Vec<String>,
    /// Those of the process.
    binders: Vec<String>,
    /// Variables made up for arguments that no query fixes, by the place of the name.
    unfixed: BTreeMap<(Span, BoundArgument), String>,
    /// How many there are.
    fresh: u32,
}

impl Words<'_> {
    fn formula(&mut self, formula: &Formula, level: Level) -> String {
        match formula {
            Formula::And(parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|part| self.formula(part, Level::And))
                    .collect();
                parenthesised(parts.join(" && "), level == Level::Or)
            }
            Formula::Or(parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|part| self.formula(part, Level::Or))
                    .collect();
                parenthesised(parts.join(" || "), level == Level::And)
            }
            Formula::Attacker {
                term, phase, time, ..
            } => {
                let ty = self.type_of(term);
                let name = self.predicate("attacker", ty, *phase);
                let term = self.term(term);
                format!("{name}({term}){}", self.time(*time))
            }
            Formula::Equal(left, right, _) => {
                let left = self.term(left);
                format!("{left} = {}", self.term(right))
            }
            Formula::Event {
                event,
                arguments,
                injective,
                time,
                ..
            } => {
                let event = self.program.events.get(event.0 as usize);
                let name = event.map_or("?", |event| event.name.as_str());
                let call = self.call(name, arguments);
                let word = if *injective { "inj-event" } else { "event" };
                format!("{word}({call}){}", self.time(*time))
            }
            Formula::False => "false".to_owned(),
            Formula::Message {
                channel,
                term,
                phase,
                time,
                ..
            } => {
                let ty = self.type_of(term);
                let name = self.predicate("mess", ty, *phase);
                let channel = self.term(channel);
                let term = self.term(term);
                format!("{name}({channel},{term}){}", self.time(*time))
            }
            Formula::Natural(operation, terms, _) => self.natural(*operation, terms),
            Formula::Nested(premise, conclusion) => {
                let premise = self.formula(premise, Level::Top);
                format!("({premise} ==> {})", self.formula(conclusion, Level::Top))
            }
            Formula::Predicate {
                predicate,
                arguments,
                ..
            } => {
                let predicate = self.program.predicates.get(predicate.0 as usize);
                let name = predicate.map_or("?", |p| p.name.as_str());
                self.call(name, arguments)
            }
            Formula::Table {
                table,
                arguments,
                phase,
                time,
                ..
            } => {
                let table = self.program.tables.get(table.0 as usize);
                let name = table.map_or("?", |table| table.name.as_str());
                let call = self.call(name, arguments);
                let suffix = self.phase(*phase);
                format!("table{suffix}({call}){}", self.time(*time))
            }
            Formula::True => "true".to_owned(),
            Formula::Unequal(left, right, _) => {
                let left = self.term(left);
                format!("{left} ≠ {}", self.term(right))
            }
        }
    }

    /// `x < y` reads `y ≥ x + 1`, or `y > x` for times.
    fn natural(&mut self, operation: NaturalOperation, terms: &[QueryTerm]) -> String {
        let [left, right] = terms else {
            let terms: Vec<String> = terms.iter().map(|term| self.term(term)).collect();
            return format!("is_nat({})", terms.join(","));
        };
        let time = self.type_of(left) == TypeId::TIME;
        let strict = operation == NaturalOperation::Less;
        let greater = self.term(right);
        if time {
            let mark = if strict { ">" } else { "≥" };
            return format!("{greater} {mark} {}", self.term(left));
        }
        let (base, shift) = self.sum(left);
        let shift = shift.saturating_add(u64::from(strict));
        format!("{greater} ≥ {}", shifted(base, shift))
    }

    /// A term of type nat as a base, if any, and a number.
    fn sum(&mut self, term: &QueryTerm) -> (Option<String>, u64) {
        if let QueryTerm::Apply(fun, terms) = term {
            match (self.operation(*fun), terms.as_slice()) {
                (Some(NaturalOperation::Literal(value)), _) => return (None, value),
                (Some(NaturalOperation::Add), [left, right]) => {
                    let (base, shift) = self.sum(left);
                    let (_, more) = self.sum(right);
                    return (base, shift.saturating_add(more));
                }
                _ => {}
            }
        }
        (Some(self.term(term)), 0)
    }

    fn operation(&self, fun: FunId) -> Option<NaturalOperation> {
        match self.program.functions.get(fun.0 as usize)?.kind {
            FunctionKind::Natural(operation) => Some(operation),
            _ => None,
        }
    }

    fn predicate(&self, word: &str, ty: TypeId, phase: Option<u32>) -> String {
        let suffix = self.phase(phase);
        if self.program.settings.ignore_types {
            return format!("{word}{suffix}");
        }
        let ty = self.program.types.get(ty.0 as usize);
        format!("{word}_{}{suffix}", ty.map_or("?", |ty| ty.name.as_str()))
    }

    fn phase(&self, phase: Option<u32>) -> String {
        match phase.unwrap_or(self.last_phase) {
            0 => String::new(),
            n => format!("_p{n}"),
        }
    }

    fn time(&self, time: Option<u32>) -> String {
        time.map_or_else(String::new, |time| format!("@{}", self.variable(time)))
    }

    fn variable(&self, index: u32) -> &str {
        self.variables
            .get(index as usize)
            .map_or("?", String::as_str)
    }

    fn type_of(&self, term: &QueryTerm) -> TypeId {
        let program = self.program;
        let ty = match term {
            QueryTerm::Apply(fun, _) => program.functions.get(fun.0 as usize).map(|f| f.result),
            QueryTerm::Bound { name, .. } => program.variables.get(name.0 as usize).map(|v| v.ty),
            QueryTerm::Name(name) => program.names.get(name.0 as usize).map(|n| n.ty),
            QueryTerm::Var(var) => self.statement.variables.get(*var as usize).map(|v| v.ty),
        };
        ty.unwrap_or(TypeId::ANY)
    }

    fn call(&mut self, name: &str, arguments: &[QueryTerm]) -> String {
        if arguments.is_empty() {
            return name.to_owned();
        }
        format!("{name}({})", self.terms(arguments))
    }

    fn terms(&mut self, terms: &[QueryTerm]) -> String {
        let terms: Vec<String> = terms.iter().map(|term| self.term(term)).collect();
        terms.join(",")
    }

    fn term(&mut self, term: &QueryTerm) -> String {
        match term {
            QueryTerm::Apply(fun, terms) => self.application(*fun, terms, term),
            QueryTerm::Bound {
                name,
                arguments,
                span,
            } => self.bound(*name, arguments, *span),
            QueryTerm::Name(name) => {
                let name = self.program.names.get(name.0 as usize);
                format!("{}[]", name.map_or("?", |name| name.name.as_str()))
            }
            QueryTerm::Var(var) => self.variable(*var).to_owned(),
        }
    }

    fn application(&mut self, fun: FunId, terms: &[QueryTerm], term: &QueryTerm) -> String {
        let Some(function) = self.program.functions.get(fun.0 as usize) else {
            return "?".to_owned();
        };
        let erased = self.program.settings.ignore_types;
        match (&function.kind, terms) {
            (FunctionKind::Tuple, _) => format!("({})", self.terms(terms)),
            (
                FunctionKind::Constructor {
                    type_converter: true,
                    ..
                },
                [argument],
            ) if erased => self.term(argument),
            (FunctionKind::Natural(NaturalOperation::Add), [_, _]) => {
                let (base, shift) = self.sum(term);
                shifted(base, shift)
            }
            _ => self.call(&function.name, terms),
        }
    }

    /// `n[y = M,!1 = v]`: every argument, made up where it is not fixed.
    /// What a query writes in one place, by `let`, is one name.
    fn bound(&mut self, name: VarId, fixed: &[(BoundArgument, QueryTerm)], place: Span) -> String {
        let arguments = self.arguments.get(&name).cloned().unwrap_or_default();
        let mut parts = Vec::new();
        for argument in arguments {
            let value = match fixed.iter().find(|(key, _)| *key == argument) {
                Some((_, value)) => self.term(value),
                None => match self.unfixed.get(&(place, argument)) {
                    Some(known) => known.clone(),
                    None => {
                        let value = self.made_up();
                        self.unfixed.insert((place, argument), value.clone());
                        value
                    }
                },
            };
            parts.push(match argument {
                BoundArgument::Session(number) => format!("!{number} = {value}"),
                BoundArgument::Variable(var) => match variable_name(self.program, var) {
                    "_" => format!("ignored_v = {value}"),
                    _ => format!("{} = {value}", self.binder(var)),
                },
            });
        }
        format!("{}[{}]", self.binder(name), parts.join(","))
    }

    /// A variable or name of the process.
    fn binder(&self, var: VarId) -> &str {
        self.binders.get(var.0 as usize).map_or("?", String::as_str)
    }

    /// `v`, `v_1`, … apart from the query's own variables.
    fn made_up(&mut self) -> String {
        loop {
            let name = match self.fresh {
                0 => "v".to_owned(),
                n => format!("v_{n}"),
            };
            self.fresh = self.fresh.saturating_add(1);
            if !self.variables.contains(&name) {
                return name;
            }
        }
    }
}

fn shifted(base: Option<String>, shift: u64) -> String {
    match (base, shift) {
        (None, shift) => shift.to_string(),
        (Some(base), 0) => base,
        (Some(base), shift) => format!("{base} + {shift}"),
    }
}

fn parenthesised(text: String, needed: bool) -> String {
    if needed { format!("({text})") } else { text }
}
