//! Changes of the processes.

use crate::model::{Fact, Model, Pattern, Prefix, Process, Term};
use crate::random::Random;
use std::collections::BTreeMap;

pub(super) fn permuted(model: &Model, random: &mut Random) -> Model {
    let mut next = model.clone();
    next.processes_mut(&mut |process| {
        if let Process::Parallel(parts) = process {
            random.shuffle(parts);
        }
    });
    next
}

pub(super) fn with_nil(model: &Model) -> Model {
    let mut next = model.clone();
    next.processes_mut(&mut |process| {
        if let Process::Parallel(parts) = process {
            parts.insert(parts.len() / 2, Process::Nil);
        }
    });
    next
}

pub(super) fn replicated_twice(model: &Model) -> Model {
    let mut next = model.clone();
    next.processes_mut(&mut |process| {
        if let Process::Replicate(body) = process {
            let body = std::mem::replace(&mut **body, Process::Nil);
            *process = Process::Replicate(Box::new(Process::Replicate(Box::new(body))));
        }
    });
    next
}

pub(super) fn let_for_if(model: &Model) -> Model {
    let mut next = model.clone();
    next.processes_mut(&mut |process| {
        if let Process::Prefix(prefix, _) = process
            && let Prefix::If(Term::Infix("=", left, right), otherwise) = prefix
            && let (Term::Variable(_), Term::Variable(_)) = (&**left, &**right)
        {
            let otherwise = std::mem::replace(otherwise, Box::new(Process::Nil));
            *prefix = Prefix::Let(
                Pattern::Equal((**left).clone()),
                (**right).clone(),
                otherwise,
            );
        }
    });
    next
}

/// Macros that are called once and whose arguments are variables, so that
/// nothing is evaluated at the call.
pub(super) fn inlined(model: &Model) -> Model {
    let mut next = model.clone();
    let mut calls: BTreeMap<String, Vec<Vec<Term>>> = BTreeMap::new();
    next.processes_mut(&mut |process| {
        if let Process::Call(name, arguments) = process {
            calls
                .entry(name.clone())
                .or_default()
                .push(arguments.clone());
        }
    });
    for role in std::mem::take(&mut next.macros) {
        let inline = match calls.get(&role.name).map(Vec::as_slice) {
            Some([arguments]) => arguments.iter().all(|a| matches!(a, Term::Variable(_))),
            _ => false,
        };
        if !inline {
            next.macros.push(role);
            continue;
        }
        next.processes_mut(&mut |process| {
            let Process::Call(name, arguments) = process else {
                return;
            };
            if *name != role.name {
                return;
            }
            let mut body = role.body.clone();
            let values: BTreeMap<&str, &Term> = role
                .parameters
                .iter()
                .map(|(p, _)| p.as_str())
                .zip(arguments.iter())
                .collect();
            body.terms_inside_mut(&mut |term| {
                if let Term::Variable(name) = term
                    && let Some(value) = values.get(name.as_str())
                {
                    *term = (*value).clone();
                }
            });
            *process = body;
        });
    }
    next
}

/// Some prefix with a free name first is guarded by a condition that is true.
pub(super) fn guarded(model: &Model, random: &mut Random) -> Option<Model> {
    let mut next = model.clone();
    let skip = random.below(4);
    let mut seen = 0;
    let mut done = false;
    next.processes_mut(&mut |process| {
        if done || matches!(process, Process::Nil | Process::Parallel(_)) {
            return;
        }
        if seen < skip {
            seen += 1;
            return;
        }
        let itself = || Box::new(Term::variable("c"));
        let then = std::mem::replace(process, Process::Nil);
        let condition = Prefix::If(Term::Infix("=", itself(), itself()), Box::new(Process::Nil));
        *process = Process::prefix(condition, then);
        done = true;
    });
    done.then_some(next)
}

/// Every phase comes one later, and nothing happens in the first. Queries
/// follow; what says no phase is about the last one, or about all.
pub(super) fn later(model: &Model) -> Model {
    let mut next = model.clone();
    next.processes_mut(&mut |process| {
        if let Process::Prefix(Prefix::Phase(n), _) = process {
            *n += 1;
        }
    });
    for statement in next.statements_mut() {
        statement.facts_mut(&mut |fact| {
            if let Fact::Attacker(_, Some(n)) = fact {
                *n += 1;
            }
        });
    }
    let main = std::mem::replace(&mut next.process, Process::Nil);
    next.process = Process::prefix(Prefix::Phase(1), main);
    next
}

/// A table is a private channel on which each entry is sent again and again, to
/// whoever looks one up; what is inserted is evaluated once. Not with phases, over which messages do not last; not
/// where a query asks for an entry, or a lookup has something else to do.
pub(super) fn tables_as_channels(model: &Model) -> Option<Model> {
    let mut next = model.clone();
    let mut suits = !next.tables.is_empty();
    next.processes_mut(&mut |process| match process {
        Process::Prefix(Prefix::Get(_, _, _, otherwise), _) => {
            suits &= matches!(**otherwise, Process::Nil);
        }
        Process::Prefix(Prefix::Phase(_), _) => suits = false,
        _ => {}
    });
    for statement in next.statements_mut() {
        statement.facts_mut(&mut |fact| suits &= !matches!(fact, Fact::Table(..)));
    }
    if !suits {
        return None;
    }
    let channel = |table: &str| format!("{table}chan");
    let tables = std::mem::take(&mut next.tables);
    for table in &tables {
        next.idle
            .push(format!("free {}: channel [private].", channel(&table.name)));
    }
    let mut counter = 0;
    next.processes_mut(&mut |process| {
        let Process::Prefix(prefix, then) = process else {
            return;
        };
        let new = match prefix {
            Prefix::Insert(table, entry) => {
                let columns = tables.iter().find(|t| t.name == *table);
                let types = columns.map_or(&[][..], |t| &t.types);
                let mut bound = Vec::new();
                let mut parts = Vec::new();
                for (value, ty) in entry.iter().zip(types) {
                    counter += 1;
                    let name = format!("entry{counter}");
                    parts.push(Term::Variable(name.clone()));
                    let nothing = Box::new(Process::Nil);
                    bound.push(Prefix::Let(
                        Pattern::Variable(name, *ty),
                        value.clone(),
                        nothing,
                    ));
                }
                let message = match parts.as_slice() {
                    [single] => single.clone(),
                    _ => Term::Tuple(parts),
                };
                let output = Prefix::Out(Term::Variable(channel(table)), message);
                let output = Process::prefix(output, Process::Nil);
                let then = std::mem::replace(&mut **then, Process::Nil);
                let both = vec![Process::Replicate(Box::new(output)), then];
                Process::chain(bound, Process::Parallel(both))
            }
            Prefix::Get(table, patterns, condition, _) => {
                let pattern = match patterns.as_slice() {
                    [single] => single.clone(),
                    several => Pattern::Tuple(several.to_vec()),
                };
                let mut prefixes = vec![Prefix::In(Term::Variable(channel(table)), pattern)];
                let condition = condition.take();
                prefixes.extend(condition.map(|c| Prefix::If(c, Box::new(Process::Nil))));
                let then = std::mem::replace(&mut **then, Process::Nil);
                Process::chain(prefixes, then)
            }
            _ => return,
        };
        *process = new;
    });
    Some(next)
}

/// A replicated part once more beside itself. Names in it would be made twice,
/// and then mean something else in a query; only parts without any.
pub(super) fn doubled(model: &Model, random: &mut Random) -> Option<Model> {
    let mut next = model.clone();
    let mut making: Vec<String> = Vec::new();
    for role in &mut next.macros {
        let mut makes = false;
        role.body.visit_mut(&mut |process| {
            makes |= matches!(process, Process::Prefix(Prefix::New(..), _));
        });
        if makes {
            making.push(role.name.clone());
        }
    }
    let skip = random.below(2);
    let mut seen = 0;
    let mut done = false;
    next.process.visit_mut(&mut |process| {
        let Process::Parallel(parts) = process else {
            return;
        };
        for i in 0..parts.len() {
            let quiet = match &parts[i] {
                Process::Replicate(body) => {
                    matches!(&**body, Process::Call(name, _) if !making.contains(name))
                }
                _ => false,
            };
            if quiet && !done {
                if seen == skip {
                    parts.push(parts[i].clone());
                    done = true;
                    return;
                }
                seen += 1;
            }
        }
    });
    done.then_some(next)
}

/// `out(c, name)` in parallel to everything.
pub(super) fn add_output(model: &mut Model, name: &str) {
    let output = Prefix::Out(Term::variable("c"), Term::variable(name));
    super::beside(model, Process::prefix(output, Process::Nil));
}
