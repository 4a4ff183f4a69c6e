//! A model as ProVerif text.
//!
//! What nothing mentions is not declared, so that a shrunk model is short. The
//! text of the processes and queries decides: identifiers of the signature are
//! not used for anything else.

use super::signature::{FUNCTIONS, Type};
use super::{AssumptionKind, Fact, Formula, Model, Pattern, Prefix, Process, Query, Term};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The model as text.
#[must_use]
pub fn print(model: &Model) -> String {
    let mut tail = String::new();
    for letfun in &model.letfuns {
        let _ = writeln!(
            tail,
            "letfun {}({}) = {}.",
            letfun.name,
            typed(&letfun.parameters),
            term(&letfun.body)
        );
    }
    for line in &model.idle {
        let _ = writeln!(tail, "{line}");
    }
    for assumption in &model.assumptions {
        let word = match assumption.kind {
            AssumptionKind::Axiom => "axiom",
            AssumptionKind::Lemma => "lemma",
            AssumptionKind::Restriction => "restriction",
        };
        let _ = writeln!(tail, "{}", statement(word, &assumption.statement));
    }
    if model.joined && model.queries.len() > 1 {
        let _ = writeln!(tail, "{}", one_declaration(&model.queries));
    } else {
        for query in &model.queries {
            let _ = writeln!(tail, "{}", self::query(query));
        }
    }
    for role in &model.macros {
        let _ = writeln!(tail, "let {}({}) =", role.name, typed(&role.parameters));
        process(&mut tail, &role.body, &model.precise, 1);
        tail.push_str(".\n");
    }
    tail.push_str("process\n");
    process(&mut tail, &model.process, &model.precise, 1);
    tail.push('\n');
    declarations(model, &tail) + &tail
}

fn declarations(model: &Model, tail: &str) -> String {
    let mut used: BTreeSet<&str> = identifiers(tail).collect();
    for list in [&model.tables, &model.events] {
        for declared in list
            .iter()
            .filter(|d| used.contains(d.name.as_str()))
            .collect::<Vec<_>>()
        {
            used.extend(declared.types.iter().map(|t| t.name()));
        }
    }
    for function in FUNCTIONS.iter().rev() {
        if used.contains(function.name) {
            used.extend(function.needs);
            used.extend(identifiers(function.declaration));
        }
    }
    for name in &model.names {
        if used.contains(name.name.as_str()) {
            used.insert(name.ty.name());
        }
    }
    let mut out = String::new();
    if model.typed {
        out.push_str("set ignoreTypes = false.\n");
    }
    for line in &model.settings {
        let _ = writeln!(out, "{line}");
    }
    for ty in [
        Type::Exponent,
        Type::Group,
        Type::Host,
        Type::Key,
        Type::Public,
        Type::Secret,
    ] {
        if used.contains(ty.name()) {
            out.extend(ty.declaration());
            out.push('\n');
        }
    }
    if used.contains("g") {
        out.push_str("const g: G.\n");
    }
    for name in &model.names {
        if used.contains(name.name.as_str()) {
            let word = if name.constant { "const" } else { "free" };
            let private = if name.private { " [private]" } else { "" };
            let _ = writeln!(out, "{word} {}: {}{private}.", name.name, name.ty.name());
        }
    }
    for function in FUNCTIONS.iter().filter(|f| used.contains(f.name)) {
        out.push_str(function.declaration);
        out.push('\n');
    }
    for (word, list) in [("table", &model.tables), ("event", &model.events)] {
        for declared in list.iter().filter(|d| used.contains(d.name.as_str())) {
            let types: Vec<_> = declared.types.iter().map(|t| t.name()).collect();
            let _ = writeln!(out, "{word} {}({}).", declared.name, types.join(", "));
        }
    }
    out
}

pub(crate) fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
}

fn typed(parameters: &[(String, Type)]) -> String {
    let parts: Vec<_> = parameters
        .iter()
        .map(|(name, ty)| format!("{name}: {}", ty.name()))
        .collect();
    parts.join(", ")
}

fn joined<T>(items: &[T], between: &str, one: impl FnMut(&T) -> String) -> String {
    items.iter().map(one).collect::<Vec<_>>().join(between)
}

/// A term as text.
#[must_use]
pub(crate) fn term(of: &Term) -> String {
    match of {
        Term::Apply(function, arguments) => {
            format!("{}({})", function.name, joined(arguments, ", ", term))
        }
        Term::Call(name, arguments) => format!("{name}({})", joined(arguments, ", ", term)),
        Term::If(condition, then, otherwise) => {
            format!(
                "(if {} then {} else {})",
                term(condition),
                term(then),
                term(otherwise)
            )
        }
        Term::Infix(operator, left, right) => {
            format!("({} {operator} {})", term(left), term(right))
        }
        Term::Let(pat, value, then, otherwise) => {
            let otherwise = otherwise
                .as_ref()
                .map_or_else(String::new, |t| format!(" else {}", term(t)));
            format!(
                "(let {} = {} in {}{otherwise})",
                left_side(pat),
                term(value),
                term(then)
            )
        }
        Term::New(name, ty, then) => format!("(new {name}: {}; {})", ty.name(), term(then)),
        Term::IsNatural(inner) => format!("is_nat({})", term(inner)),
        Term::Not(inner) => format!("not({})", term(inner)),
        Term::Number(value) => value.to_string(),
        Term::Restricted(name) => format!("new {name}"),
        Term::Tuple(parts) => format!("({})", joined(parts, ", ", term)),
        Term::Variable(name) => name.clone(),
    }
}

fn pattern(of: &Pattern) -> String {
    match of {
        Pattern::Equal(value) => format!("={}", term(value)),
        Pattern::Open(function, parts) => {
            format!("{}({})", function.name, joined(parts, ", ", pattern))
        }
        Pattern::Tuple(parts) => format!("({})", joined(parts, ", ", pattern)),
        Pattern::Variable(name, ty) => format!("{name}: {}", ty.name()),
        Pattern::Wildcard(ty) => format!("_: {}", ty.name()),
    }
}

/// `let =M = N` is read as one term; parentheses make it a pattern.
fn left_side(of: &Pattern) -> String {
    match of {
        Pattern::Equal(_) => format!("({})", pattern(of)),
        _ => pattern(of),
    }
}

fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

fn process(out: &mut String, of: &Process, precise: &BTreeSet<String>, depth: usize) {
    match of {
        Process::Call(name, arguments) => {
            indent(out, depth);
            let _ = write!(out, "{name}({})", joined(arguments, ", ", term));
        }
        Process::Nil => {
            indent(out, depth);
            out.push('0');
        }
        Process::Parallel(parts) => {
            indent(out, depth);
            out.push('(');
            for (i, part) in parts.iter().enumerate() {
                out.push_str(if i == 0 { "(\n" } else { " | (\n" });
                process(out, part, precise, depth + 1);
                out.push(')');
            }
            if parts.is_empty() {
                out.push('0');
            }
            out.push(')');
        }
        Process::Replicate(body) => {
            indent(out, depth);
            out.push_str("!(\n");
            process(out, body, precise, depth + 1);
            out.push(')');
        }
        Process::Prefix(prefix, then) => {
            indent(out, depth);
            let is_precise = prefix.first_bound().is_some_and(|v| precise.contains(v));
            let precisely = if is_precise { " [precise]" } else { "" };
            match prefix {
                Prefix::Event(name, arguments) => {
                    let _ = write!(out, "event {name}({})", joined(arguments, ", ", term));
                }
                Prefix::Get(table, columns, condition, otherwise) => {
                    let _ = write!(out, "get {table}({})", joined(columns, ", ", pattern));
                    if let Some(condition) = condition {
                        let _ = write!(out, " suchthat {}", term(condition));
                    }
                    out.push_str(precisely);
                    return branches(out, " in (", [then, otherwise], precise, depth);
                }
                Prefix::If(condition, otherwise) => {
                    let _ = write!(out, "if {}", term(condition));
                    return branches(out, " then (", [then, otherwise], precise, depth);
                }
                Prefix::In(channel, pat) => {
                    let _ = write!(out, "in({}, {}){precisely}", term(channel), pattern(pat));
                }
                Prefix::Insert(table, columns) => {
                    let _ = write!(out, "insert {table}({})", joined(columns, ", ", term));
                }
                Prefix::Let(pat, value, otherwise) => {
                    let _ = write!(out, "let {} = {}", left_side(pat), term(value));
                    return branches(out, " in (", [then, otherwise], precise, depth);
                }
                Prefix::New(name, ty, depends) => {
                    let depends = depends
                        .as_ref()
                        .map_or_else(String::new, |names| format!("[{}]", names.join(", ")));
                    let _ = write!(out, "new {name}{depends}: {}", ty.name());
                }
                Prefix::Out(channel, message) => {
                    let _ = write!(out, "out({}, {})", term(channel), term(message));
                }
                Prefix::Phase(number) => {
                    let _ = write!(out, "phase {number}");
                }
                Prefix::SuchThat(variables, condition, otherwise) => {
                    let _ = write!(out, "let {} suchthat {}", typed(variables), term(condition));
                    out.push_str(precisely);
                    return branches(out, " in (", [then, otherwise], precise, depth);
                }
            }
            if **then != Process::Nil {
                out.push_str(";\n");
                process(out, then, precise, depth);
            }
        }
    }
}

/// The branches of a prefix that may fail, each in parentheses, so that no
/// `else` finds another owner.
fn branches(
    out: &mut String,
    word: &str,
    [then, otherwise]: [&Process; 2],
    precise: &BTreeSet<String>,
    depth: usize,
) {
    let plain = *otherwise == Process::Nil;
    if plain {
        // A branch without `else` need not grow to the right.
        out.push_str(word.trim_end_matches('('));
        out.push('\n');
        return process(out, then, precise, depth);
    }
    out.push_str(word);
    out.push('\n');
    process(out, then, precise, depth + 1);
    out.push_str(") else (\n");
    process(out, otherwise, precise, depth + 1);
    out.push(')');
}

pub(crate) fn query(of: &Query) -> String {
    statement("query", of)
}

/// Several queries, each with its own variables.
fn one_declaration(queries: &[Query]) -> String {
    let mut variables: Vec<(String, Type)> = Vec::new();
    for variable in queries.iter().flat_map(|q| &q.variables) {
        if !variables.contains(variable) {
            variables.push(variable.clone());
        }
    }
    let mut out = "query ".to_owned();
    if !variables.is_empty() {
        let _ = write!(out, "{}; ", typed(&variables));
    }
    out.push_str(&joined(queries, ";\n  ", body));
    out.push('.');
    out
}

fn statement(word: &str, of: &Query) -> String {
    let mut out = format!("{word} ");
    if !of.variables.is_empty() {
        let _ = write!(out, "{}; ", typed(&of.variables));
    }
    out.push_str(&body(of));
    out.push('.');
    out
}

fn body(of: &Query) -> String {
    let mut out = joined(&of.premises, " && ", fact);
    if let Some(conclusion) = &of.conclusion {
        let _ = write!(out, " ==> {}", formula(conclusion));
    }
    out
}

fn fact(of: &Fact) -> String {
    match of {
        Fact::Attacker(message, phase) => {
            let phase = phase.map_or_else(String::new, |p| format!(" phase {p}"));
            format!("attacker({}){phase}", term(message))
        }
        Fact::Event(name, arguments, injective, time) => {
            let word = if *injective { "inj-event" } else { "event" };
            let time = time
                .as_ref()
                .map_or_else(String::new, |time| format!("@{time}"));
            format!("{word}({name}({})){time}", joined(arguments, ", ", term))
        }
        Fact::Holds(predicate, arguments) => {
            format!("{}({})", predicate.name, joined(arguments, ", ", term))
        }
        Fact::Secret(name) => format!("secret {name}"),
        Fact::Message(channel, message) => format!("mess({}, {})", term(channel), term(message)),
        Fact::Table(name, columns) => {
            format!("table({name}({}))", joined(columns, ", ", term))
        }
    }
}

fn formula(of: &Formula) -> String {
    let inner = |parts: &[Formula], word: &str| {
        joined(parts, word, |part| match part {
            Formula::And(_) | Formula::Or(_) => format!("({})", formula(part)),
            _ => formula(part),
        })
    };
    match of {
        Formula::And(parts) => inner(parts, " && "),
        Formula::Compare(operator, left, right) => {
            format!("{} {operator} {}", term(left), term(right))
        }
        Formula::Fact(f) => fact(f),
        Formula::IsNatural(value) => format!("is_nat({})", term(value)),
        Formula::Nested(f, then) => format!("({} ==> {})", fact(f), formula(then)),
        Formula::Or(parts) => inner(parts, " || "),
        Formula::Truth(value) => value.to_string(),
    }
}
