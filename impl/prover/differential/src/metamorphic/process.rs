//! Changes of the processes.

use crate::model::{Model, Pattern, Prefix, Process, Term};
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
