//! A smaller model that still shows what a large one showed.
//!
//! Greedy: every single simplification is tried, in a fixed order, and kept if
//! the question is still answered with yes; this is repeated until none is.
//! Simplifications may be ill typed or break a query: asking is how one finds
//! out, and whoever answers must say no to a text that is not a model. Each
//! accepted text is shorter than the one before, so it ends.

use crate::model::print::identifiers;
use crate::model::{Formula, Model, Prefix, Process, Query, Term, print};
use std::collections::BTreeSet;

/// Shrinks a model while `still` says yes to its text. At most `budget`
/// questions are asked; the model is returned as it is when the first answer
/// is no.
pub fn shrink(model: &Model, budget: usize, still: &mut dyn FnMut(&str) -> bool) -> Model {
    let mut best = model.clone();
    let mut text = print(&best);
    let mut asked = 1;
    if !still(&text) {
        return best;
    }
    loop {
        let mut progress = false;
        for edit in EDITS {
            let mut index = 0;
            while asked < budget {
                let mut next = best.clone();
                if !edit(&mut next, index) {
                    break;
                }
                tidy(&mut next);
                let candidate = print(&next);
                if candidate.len() < text.len() {
                    asked += 1;
                    if still(&candidate) {
                        (best, text, progress) = (next, candidate, true);
                        // The same index is now another place.
                        continue;
                    }
                }
                index += 1;
            }
        }
        if !progress || asked >= budget {
            return best;
        }
    }
}

/// Makes the change with this index; false if there are fewer.
type Edit = fn(&mut Model, usize) -> bool;

/// Coarse changes first.
const EDITS: &[Edit] = &[
    drop_query,
    drop_assumption,
    split_queries,
    drop_setting,
    drop_precise,
    drop_macro,
    drop_letfun,
    inline_call,
    cut_process,
    cut_formula,
    drop_argument,
    cut_term,
];

fn drop_query(model: &mut Model, index: usize) -> bool {
    if model.queries.len() < 2 || index >= model.queries.len() {
        return false;
    }
    model.queries.remove(index);
    true
}

fn drop_assumption(model: &mut Model, index: usize) -> bool {
    if index >= model.assumptions.len() {
        return false;
    }
    model.assumptions.remove(index);
    true
}

fn split_queries(model: &mut Model, index: usize) -> bool {
    let was = std::mem::replace(&mut model.joined, false);
    was && index == 0
}

fn drop_setting(model: &mut Model, index: usize) -> bool {
    if index > model.settings.len() || (index == model.settings.len() && !model.typed) {
        return false;
    }
    if index == model.settings.len() {
        model.typed = false;
    } else {
        model.settings.remove(index);
    }
    true
}

/// One that is not there would not shorten the text: those that count are tried.
fn drop_precise(model: &mut Model, index: usize) -> bool {
    let name = model.precise.iter().nth(index).cloned();
    name.is_some_and(|name| model.precise.remove(&name))
}

fn drop_macro(model: &mut Model, index: usize) -> bool {
    if index >= model.macros.len() {
        return false;
    }
    let name = model.macros.remove(index).name;
    model.processes_mut(&mut |process| {
        if matches!(process, Process::Call(called, _) if *called == name) {
            *process = Process::Nil;
        }
    });
    true
}

fn drop_letfun(model: &mut Model, index: usize) -> bool {
    if index >= model.letfuns.len() {
        return false;
    }
    let letfun = model.letfuns.remove(index);
    model.terms_mut(&mut |term| {
        if matches!(term, Term::Call(called, _) if *called == letfun.name) {
            *term = Term::variable("zero");
        }
    });
    true
}

/// A macro without parameters, or whose arguments are variables of the same
/// names elsewhere, is written where it is called.
fn inline_call(model: &mut Model, index: usize) -> bool {
    if index >= model.macros.len() {
        return false;
    }
    let role = model.macros[index].clone();
    model.processes_mut(&mut |process| {
        if let Process::Call(called, arguments) = process
            && *called == role.name
        {
            let bindings = role
                .parameters
                .iter()
                .zip(std::mem::take(arguments))
                .map(|((name, ty), value)| {
                    let pattern = crate::model::Pattern::Variable(name.clone(), *ty);
                    Prefix::Let(pattern, value, Box::new(Process::Nil))
                })
                .collect();
            *process = Process::chain(bindings, role.body.clone());
        }
    });
    model.macros.remove(index);
    true
}

fn cut_process(model: &mut Model, index: usize) -> bool {
    let mut seen = 0;
    let mut done = false;
    model.processes_mut(&mut |process| {
        if done {
            return;
        }
        let choices = smaller_processes(process);
        if let Some(choice) = choices.get(index - seen) {
            *process = choice.clone();
            done = true;
        }
        seen += choices.len().min(index - seen);
    });
    done
}

fn smaller_processes(process: &Process) -> Vec<Process> {
    let mut choices = Vec::new();
    match process {
        Process::Nil => {}
        Process::Call(..) => choices.push(Process::Nil),
        Process::Parallel(parts) => {
            choices.push(Process::Nil);
            for i in 0..parts.len() {
                let mut rest = parts.clone();
                rest.remove(i);
                choices.push(match <[Process; 1]>::try_from(rest) {
                    Ok([one]) => one,
                    Err(rest) => Process::Parallel(rest),
                });
            }
        }
        Process::Replicate(body) => choices.extend([Process::Nil, (**body).clone()]),
        Process::Prefix(prefix, then) => {
            choices.extend([Process::Nil, (**then).clone()]);
            if **then != Process::Nil {
                choices.push(Process::prefix(prefix.clone(), Process::Nil));
            }
            let mut plain = prefix.clone();
            if let Some(otherwise) = plain.otherwise_mut()
                && *otherwise != Process::Nil
            {
                choices.push(std::mem::replace(otherwise, Process::Nil));
                choices.push(Process::Prefix(plain, then.clone()));
            }
            if let Prefix::New(name, ty, Some(depends)) = prefix {
                let plain = Prefix::New(name.clone(), *ty, None);
                choices.push(Process::Prefix(plain, then.clone()));
                for i in 0..depends.len() {
                    let mut fewer = depends.clone();
                    fewer.remove(i);
                    let fewer = Prefix::New(name.clone(), *ty, Some(fewer));
                    choices.push(Process::Prefix(fewer, then.clone()));
                }
            }
            if let Prefix::Get(table, columns, Some(_), otherwise) = prefix {
                let plain = Prefix::Get(table.clone(), columns.clone(), None, otherwise.clone());
                choices.push(Process::Prefix(plain, then.clone()));
            }
        }
    }
    choices
}

fn cut_formula(model: &mut Model, index: usize) -> bool {
    let mut choices = Vec::new();
    for (i, query) in model.statements_mut().enumerate() {
        for premise in 0..query.premises.len() {
            if query.premises.len() > 1 {
                let mut smaller = query.clone();
                smaller.premises.remove(premise);
                choices.push((i, smaller));
            }
        }
        if let Some(conclusion) = &query.conclusion {
            let without = Query {
                conclusion: None,
                ..query.clone()
            };
            choices.push((i, without));
            for formula in smaller_formulas(conclusion) {
                let smaller = Query {
                    conclusion: Some(formula),
                    ..query.clone()
                };
                choices.push((i, smaller));
            }
        }
    }
    let Some((i, query)) = choices.into_iter().nth(index) else {
        return false;
    };
    if let Some(statement) = model.statements_mut().nth(i) {
        *statement = query;
    }
    true
}

fn smaller_formulas(formula: &Formula) -> Vec<Formula> {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            let again = |parts| match formula {
                Formula::And(_) => Formula::And(parts),
                _ => Formula::Or(parts),
            };
            let mut choices = parts.clone();
            for i in 0..parts.len() {
                let mut rest = parts.clone();
                rest.remove(i);
                if rest.len() > 1 {
                    choices.push(again(rest));
                }
                for smaller in smaller_formulas(&parts[i]) {
                    let mut changed = parts.clone();
                    changed[i] = smaller;
                    choices.push(again(changed));
                }
            }
            choices
        }
        Formula::Nested(fact, then) => vec![Formula::Fact(fact.clone()), (**then).clone()],
        Formula::Fact(_) | Formula::Compare(..) | Formula::IsNatural(_) => {
            vec![Formula::Truth(false)]
        }
        Formula::Truth(_) => Vec::new(),
    }
}

/// A column or argument of a table or event, everywhere.
fn drop_argument(model: &mut Model, index: usize) -> bool {
    let places: Vec<_> = model
        .events
        .iter()
        .chain(&model.tables)
        .flat_map(|d| (0..d.types.len()).map(|i| (d.name.clone(), i)))
        .collect();
    let Some((name, argument)) = places.into_iter().nth(index) else {
        return false;
    };
    for declared in model.events.iter_mut().chain(&mut model.tables) {
        if declared.name == name {
            declared.types.remove(argument);
        }
    }
    for query in model.statements_mut() {
        query.facts_mut(&mut |fact| {
            if let crate::model::Fact::Event(of, arguments, ..)
            | crate::model::Fact::Table(of, arguments) = fact
                && *of == name
                && argument < arguments.len()
            {
                arguments.remove(argument);
            }
        });
    }
    model.processes_mut(&mut |process| {
        let Process::Prefix(prefix, _) = process else {
            return;
        };
        match prefix {
            Prefix::Event(of, arguments) | Prefix::Insert(of, arguments)
                if *of == name && argument < arguments.len() =>
            {
                arguments.remove(argument);
            }
            Prefix::Get(of, columns, ..) if *of == name && argument < columns.len() => {
                columns.remove(argument);
            }
            _ => {}
        }
    });
    true
}

fn cut_term(model: &mut Model, index: usize) -> bool {
    let mut seen = 0;
    let mut done = false;
    model.terms_mut(&mut |term| {
        if done {
            return;
        }
        let choices = smaller_terms(term);
        if let Some(choice) = choices.get(index - seen) {
            *term = choice.clone();
            done = true;
        }
        seen += choices.len().min(index - seen);
    });
    done
}

fn smaller_terms(term: &Term) -> Vec<Term> {
    let mut choices: Vec<Term> = match term {
        Term::Apply(_, arguments) | Term::Call(_, arguments) | Term::Tuple(arguments) => {
            arguments.clone()
        }
        Term::If(_, then, otherwise) => vec![(**then).clone(), (**otherwise).clone()],
        Term::Infix(_, left, right) => vec![(**left).clone(), (**right).clone()],
        Term::Let(_, value, then, otherwise) => [value, then]
            .into_iter()
            .chain(otherwise)
            .map(|t| (**t).clone())
            .collect(),
        Term::IsNatural(inner) | Term::New(_, _, inner) | Term::Not(inner) => {
            vec![(**inner).clone()]
        }
        Term::Number(0) | Term::Restricted(_) | Term::Variable(_) => return Vec::new(),
        Term::Number(value) => vec![Term::Number(value - 1)],
    };
    if let Term::Tuple(parts) = term
        && parts.len() > 2
    {
        for i in 0..parts.len() {
            let mut rest = parts.clone();
            rest.remove(i);
            choices.push(Term::Tuple(rest));
        }
    }
    choices.extend(["zero", "A", "kpub", "true"].map(Term::variable));
    choices
}

/// Variables of queries that nothing mentions, and macros nobody calls.
fn tidy(model: &mut Model) {
    for query in model.statements_mut() {
        let mut plain = query.clone();
        plain.variables.clear();
        let text = print::query(&plain);
        let used: BTreeSet<&str> = identifiers(&text).collect();
        query
            .variables
            .retain(|(name, _)| used.contains(name.as_str()));
    }
    let mut called = BTreeSet::new();
    model.processes_mut(&mut |process| {
        if let Process::Call(name, _) = process {
            called.insert(name.clone());
        }
    });
    model.macros.retain(|m| called.contains(&m.name));
}

#[cfg(test)]
mod tests {
    use super::shrink;
    use crate::{Size, generate, print};

    fn loads(text: &str) -> bool {
        let mut sources = pi::Sources::default();
        sources.add("generated.pv", text);
        pi::load(sources).program.is_some()
    }

    #[test]
    fn what_is_asked_for_remains_and_little_else() {
        let mut still = |text: &str| text.contains("dec(") && loads(text);
        let (model, large) = (0..50)
            .map(|seed| generate(seed, &Size::default()))
            .map(|model| (model.clone(), print(&model)))
            .find(|(_, text)| text.len() > 2_000 && still(text))
            .expect("some generated model decrypts");
        let small = print(&shrink(&model, 5_000, &mut still));
        assert!(still(&small));
        assert!(small.len() * 3 < large.len(), "{small}");
    }

    #[test]
    fn a_no_leaves_the_model_alone() {
        let model = generate(3, &Size::default());
        assert_eq!(shrink(&model, 100, &mut |_| false), model);
    }
}
