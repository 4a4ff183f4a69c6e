//! Changes to a model after which its verdicts are known in relation to those
//! before: no second prover is needed to see that one is wrong.
//!
//! Each [`Change`] says what it does and which [`Relation`] of verdicts it
//! promises, with the argument. A verdict of "undecided" is never against a
//! relation: a change may help or hurt a prover as long as no answer is wrong.

mod process;
mod term;
mod text;

use crate::compare::Word;
use crate::model::{FreeName, Model, Process, Query};
use crate::random::Random;

/// How verdicts after a change relate to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same.
    Same,
    /// What was false stays false: there are more runs, or stronger queries.
    FalseStays,
    /// What was true stays true: there are fewer runs, or weaker queries.
    TrueStays,
}

impl Relation {
    /// Whether the two verdicts may stand together.
    #[must_use]
    pub fn allows(self, before: Word, after: Word) -> bool {
        match (before, after) {
            (Word::True, Word::False) => self == Self::FalseStays,
            (Word::False, Word::True) => self == Self::TrueStays,
            _ => true,
        }
    }
}

/// A changed model.
#[derive(Clone, Debug)]
pub struct Change {
    /// What was done.
    pub name: &'static str,
    /// The model after it.
    pub model: Model,
    /// For each query after the change, the query before it that it relates
    /// to, and how.
    pub queries: Vec<(usize, Relation)>,
}

/// All changes that apply to a model; the seed chooses places.
#[must_use]
pub fn changes(model: &Model, seed: u64) -> Vec<Change> {
    let mut random = Random::new(seed);
    let random = &mut random;
    let same = |name, model| all(name, model, Relation::Same);
    let mut found = vec![
        // Names of names do not matter.
        same("rename everything", text::renamed(model)),
        // Declarations of one kind may stand in any order.
        same("reverse declarations", text::reversed(model)),
        // Nothing uses them.
        same("declare idle things", text::idle(model)),
        // P | Q = Q | P.
        same("permute parallel parts", process::permuted(model, random)),
        // P | 0 = P.
        same("add idle processes", process::with_nil(model)),
        // !!P can do what !P can, and no more: copies are copies.
        same("replicate twice", process::replicated_twice(model)),
        // `if M = N then P else Q` = `let (=M) = N in P else Q`, for messages
        // M and N; when one fails the first does nothing and the second takes
        // `else`, so only variables and names are rewritten.
        same("let for if", process::let_for_if(model)),
        // M = N is N = M, also in what fails.
        same("swap sides of equalities", text::swapped(model)),
        // Each has its own variables.
        same("join or split queries", joined_or_split(model)),
        // Macros stand for their bodies.
        same("inline macros", process::inlined(model)),
        // `letfun`s too.
        same("inline letfuns", term::letfuns_inlined(model)),
        // More runs: the attacker alone could not have sent it.
        leak(model, random),
        // A run has its phases whenever they come.
        same("begin one phase later", process::later(model)),
        queries(model, random),
        alone(model, random),
        conclusions(model, random),
    ];
    // !P | !P has as many copies of P as !P.
    found.extend(process::doubled(model, random).map(|m| same("double a role", m)));
    // `if M = M then P` is P where M is a name.
    found.extend(process::guarded(model, random).map(|m| same("ask what is true", m)));
    found.extend(process::tables_as_channels(model).map(|m| same("send what is inserted", m)));
    found.extend(term::split(model).map(|m| same("split outputs", m)));
    found.extend(secret_constant(model, random));
    found
}

/// The change that makes lemmas of the queries that have the verdict true;
/// `words` are the verdicts of the queries.
#[must_use]
pub fn lemmas(model: &Model, words: &[Word]) -> Change {
    let next = term::with_lemmas(model, words);
    all("make lemmas of what is true", next, Relation::Same)
}

/// Whether a conclusion speaks of what the attacker knows.
fn concludes_knowledge(model: &Model) -> bool {
    model.queries.iter().any(|q| {
        let text = crate::model::print::query(q);
        text.split_once("==>")
            .is_some_and(|(_, c)| c.contains("attacker("))
    })
}

fn all(name: &'static str, model: Model, relation: Relation) -> Change {
    let queries = (0..model.queries.len()).map(|i| (i, relation)).collect();
    Change {
        name,
        model,
        queries,
    }
}

/// One more output in parallel: every old run is still one (nothing else has
/// to happen), and what held in it still does, except that the attacker may
/// know more, which can only make an `attacker(…)` in a conclusion true.
fn leak(model: &Model, random: &mut Random) -> Change {
    let mut next = model.clone();
    let private: Vec<FreeName> = next.names.iter().filter(|n| n.private).cloned().collect();
    let message = match random.pick(&private) {
        Some(name) => name.name.clone(),
        None => "c".to_owned(),
    };
    process::add_output(&mut next, &message);
    // The run without the new output is a run of the new process: whatever
    // falsified a query before still does.
    all("leak a name", next, Relation::FalseStays)
}

/// Queries in another order, one of them twice.
fn queries(model: &Model, random: &mut Random) -> Change {
    let mut order: Vec<usize> = (0..model.queries.len()).collect();
    random.shuffle(&mut order);
    if let Some(first) = order.first().copied() {
        order.push(first);
    }
    let mut next = model.clone();
    next.queries = order.iter().map(|i| model.queries[*i].clone()).collect();
    Change {
        name: "permute and repeat queries",
        model: next,
        queries: order.into_iter().map(|i| (i, Relation::Same)).collect(),
    }
}

fn joined_or_split(model: &Model) -> Model {
    let mut next = model.clone();
    next.joined = !next.joined;
    next
}

/// One query, without the others.
fn alone(model: &Model, random: &mut Random) -> Change {
    let mut next = model.clone();
    let mut queries = Vec::new();
    if !next.queries.is_empty() {
        let chosen = random.below(next.queries.len());
        next.queries = vec![model.queries[chosen].clone()];
        queries.push((chosen, Relation::Same));
    }
    Change {
        name: "ask one query alone",
        model: next,
        queries,
    }
}

/// A disjunct more: the query is weaker. And one without any: stronger.
fn conclusions(model: &Model, random: &mut Random) -> Change {
    use crate::model::{Fact, Formula};
    let mut next = model.clone();
    let mut relations = Vec::new();
    for (i, query) in next.queries.iter_mut().enumerate() {
        let (changed, relation) = match query.conclusion.take() {
            Some(conclusion) if random.chance(50) => {
                let extra = extra_disjunct(query);
                (
                    Some(Formula::Or(vec![conclusion, extra])),
                    Relation::TrueStays,
                )
            }
            Some(_) => (None, Relation::FalseStays),
            // `secret x` has no other form.
            None if matches!(query.premises[..], [Fact::Secret(_)]) => (None, Relation::Same),
            None => (Some(Formula::Truth(false)), Relation::Same),
        };
        query.conclusion = changed;
        if query.conclusion.is_none() {
            plain_premises(query);
        }
        relations.push((i, relation));
    }
    Change {
        name: "weaken and strengthen conclusions",
        model: next,
        queries: relations,
    }
}

/// What some premise says already would make everything true; a comparison of
/// its variables does not.
fn extra_disjunct(query: &Query) -> crate::model::Formula {
    use crate::model::{Fact, Formula, Term};
    let bound: Vec<&Term> = query
        .premises
        .iter()
        .flat_map(|fact| match fact {
            Fact::Event(_, arguments, ..) | Fact::Table(_, arguments) => arguments.iter().collect(),
            Fact::Attacker(..) | Fact::Holds(..) | Fact::Message(..) | Fact::Secret(_) => {
                Vec::new()
            }
        })
        .filter(|t| matches!(t, Term::Variable(_)))
        .collect();
    let typed = bound.iter().find_map(|term| {
        let Term::Variable(name) = term else {
            return None;
        };
        let ty = query.variables.iter().find(|(v, _)| v == name)?.1;
        let constant = match ty {
            crate::model::signature::Type::Bitstring => "zero",
            crate::model::signature::Type::Host => "A",
            crate::model::signature::Type::Key => "kpub",
            _ => return None,
        };
        Some(Formula::Compare(
            "=",
            (*term).clone(),
            Term::variable(constant),
        ))
    });
    typed.unwrap_or(Formula::Truth(false))
}

/// `inj-event` without conclusion means `event`.
fn plain_premises(query: &mut Query) {
    query.facts_mut(&mut |fact| {
        if let crate::model::Fact::Event(_, _, injective, _) = fact {
            *injective = false;
        }
    });
    let text = crate::model::print::query(&Query {
        variables: Vec::new(),
        ..query.clone()
    });
    let used: Vec<&str> = crate::model::print::identifiers(&text).collect();
    query
        .variables
        .retain(|(name, _)| used.contains(&name.as_str()));
}

/// A public constant becomes private: the attacker can do less, so fewer runs.
/// Only for models whose queries do not mention it, and without `attacker(…)`
/// in conclusions, which could be true less often.
fn secret_constant(model: &Model, random: &mut Random) -> Option<Change> {
    let mut next = model.clone();
    let public: Vec<usize> = (0..next.names.len())
        .filter(|i| !next.names[*i].private && next.names[*i].name != "c")
        .collect();
    let chosen = *random.pick(&public)?;
    next.names[chosen].private = true;
    // A name that nobody has is as good as another: queries about it are about
    // the same term.
    (!concludes_knowledge(model)).then(|| all("make a constant private", next, Relation::TrueStays))
}

/// The main process, for changes that add to it.
fn beside(model: &mut Model, part: Process) {
    let main = std::mem::replace(&mut model.process, Process::Nil);
    model.process = Process::Parallel(vec![main, part]);
}
