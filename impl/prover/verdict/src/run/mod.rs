//! From a derivation to a run that falsifies the query.
//!
//! ```text
//! Derivation ──script──▶ what each copy does ──perform──▶ steps ──replay, falsify──▶ Attack ──reduce──▶ Attack
//! ```
//!
//! A derivation only says that the clauses allow something. Its process nodes
//! become copies (nodes with the same sessions are one copy), its attacker nodes
//! become recipes, and the copies are run on the source process in the order of
//! the derivation (Allamigeon and Blanchet, "Reconstruction of Attacks against
//! Cryptographic Protocols", 2005). Nothing here is trusted: an [`Attack`] comes
//! into being only when `semantics` has replayed the trace from the beginning
//! and found that it falsifies the query.

mod channels;
mod cone;
mod number;
mod perform;
mod premises;
mod readers;
mod recipe;
mod reduce;
mod rivals;
mod schedule;
mod script;
mod types;

use crate::detour::Way;
use horn::{Goal, Translation};
use logic::{Store, Substitution, TermId, View, term_variables};
use perform::{Performance, Task};
use pi::Program;
use proof::attack::{AttackTrace, VERSION};
use proof::{Derivation, DerivationRule};
use script::Script;
use semantics::{Falsification, Run, Semantics, Violation, falsify, replay};
use std::collections::{BTreeMap, BTreeSet};

/// A replayed run that falsifies a query. Only this module makes one, and only
/// after replaying it.
#[derive(Clone, Debug)]
pub struct Attack {
    trace: AttackTrace,
    violation: Violation,
}

impl Attack {
    /// The run as instructions.
    #[must_use]
    pub fn trace(&self) -> &AttackTrace {
        &self.trace
    }

    /// How it violates the query.
    #[must_use]
    pub fn violation(&self) -> &Violation {
        &self.violation
    }

    /// Replays a trace from nothing and accepts it if it falsifies its query.
    ///
    /// # Errors
    /// Why it does not, in a sentence.
    pub fn confirm(program: &Program, trace: AttackTrace) -> Result<Self, String> {
        let (_, _, violation) = confirmed(program, &trace)?;
        Ok(Self { trace, violation })
    }
}

/// A replayed trace with the run, for whoever wants to tell its story.
pub(crate) fn confirmed<'p>(
    program: &'p Program,
    trace: &AttackTrace,
) -> Result<(Semantics<'p>, Run<'p>, Violation), String> {
    let mut semantics = Semantics::new(program).map_err(|e| e.to_string())?;
    let run = replay(&mut semantics, trace).map_err(|e| e.to_string())?;
    let Some(query) = program.queries.get(trace.query as usize) else {
        return Err(format!("there is no query {}", trace.query));
    };
    match falsify(&mut semantics, &run, query, &trace.premises) {
        Falsification::Falsified(violation) => Ok((semantics, run, violation)),
        Falsification::Holds => Err("the run exists, but the query holds on it".to_owned()),
        Falsification::NotConfirmed(why) => Err(format!(
            "the run exists, but whether it breaks the query is open: {why}"
        )),
    }
}

/// How often a derivation is tried without nodes that were in the way.
const RIVALRIES: usize = 3;

/// How the derivation is followed, in the order in which it is tried.
const MANNERS: [Manner; 11] = [
    Manner::PLAIN,
    Manner {
        strict: true,
        ..Manner::PLAIN
    },
    Manner {
        direct: true,
        ..Manner::PLAIN
    },
    Manner {
        known: true,
        ..Manner::PLAIN
    },
    Manner {
        absent_first: true,
        ..Manner::PLAIN
    },
    Manner {
        absent_first: true,
        strict: true,
        ..Manner::PLAIN
    },
    Manner {
        direct: true,
        absent_first: true,
        ..Manner::PLAIN
    },
    Manner {
        reversed: true,
        ..Manner::PLAIN
    },
    Manner {
        again: true,
        ..Manner::PLAIN
    },
    Manner {
        again: true,
        direct: true,
        ..Manner::PLAIN
    },
    Manner {
        again: true,
        absent_first: true,
        ..Manner::PLAIN
    },
];

/// Choices the derivation leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Manner {
    /// Copies that can talk to each other do so, also on channels where the
    /// attacker could carry the message.
    direct: bool,
    /// Copies that find a table without an entry go first, and all of them look
    /// before any of them goes on.
    absent_first: bool,
    /// The attacker sends what it can compute by then, however the derivation
    /// computes it, and a copy that wants what nobody knows yet waits until
    /// others have gone on.
    known: bool,
    /// The copy that ends the query's premise runs a second time on the same
    /// messages: what injective queries fail on. With `absent_first`, both look
    /// into tables before either goes on.
    again: bool,
    /// What comes last in the derivation goes first, as far as it needs nothing of
    /// the rest: what queries of moments fail on.
    reversed: bool,
    /// Messages that the derivation leaves open stay open, also where choosing
    /// them would let one copy do what two nodes ask for.
    strict: bool,
    /// Which answer a `suchthat` takes where there are several.
    answer: usize,
}

impl Manner {
    const PLAIN: Self = Self {
        direct: false,
        absent_first: false,
        known: false,
        again: false,
        reversed: false,
        strict: false,
        answer: 0,
    };
}

/// What keeps a derivation from being followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Which step of the derivation fails, and where in the program it leads.
    pub step: Option<String>,
    /// Why.
    pub why: String,
    /// Where a copy would have to go on and cannot.
    pub(crate) blocked: BTreeSet<Way>,
}

impl Obstacle {
    fn of(why: String) -> Self {
        Self {
            step: None,
            why,
            blocked: BTreeSet::new(),
        }
    }
}

impl core::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match &self.step {
            Some(step) => write!(f, "{} ({step} of the derivation)", self.why),
            None => write!(f, "{}", self.why),
        }
    }
}

/// What is said when the search was interrupted.
pub(crate) const INTERRUPTED: &str = "the search was interrupted";

/// Looks for a run that follows one of the derivations and falsifies the query;
/// all attempts together take about as many steps as the budget says.
///
/// # Errors
/// What is in the way of each derivation, without repetition.
pub fn search(
    program: &Program,
    translation: &mut Translation,
    goal: &Goal,
    derivations: &[Derivation],
    budget: usize,
    interrupted: &dyn Fn() -> bool,
) -> Result<Attack, Vec<Obstacle>> {
    let mut work = 0;
    let mut obstacles: Vec<Obstacle> = Vec::new();
    for derivation in derivations {
        let bends = bends(&mut translation.store, goal, derivation);
        let translation = &*translation;
        let absent = Script::new(translation, derivation).finds_nothing();
        let mut tried: Vec<Tried> = Vec::new();
        for manner in manners(program) {
            for (number, bend) in bends.iter().enumerate() {
                if manner.absent_first && !absent || tried.iter().any(|t| t.says(number, manner)) {
                    continue;
                }
                let mut course = Course::default();
                let mut left_out = BTreeSet::new();
                // Nodes that want the same copy for different messages are in
                // each other's way. Those that came first stay away the next
                // time, when the attacker may know what they would have sent.
                for _ in 0..RIVALRIES {
                    if interrupted() {
                        obstacles.push(Obstacle::of(INTERRUPTED.to_owned()));
                        return Err(obstacles);
                    }
                    if work > budget {
                        let why = format!("the search would take more than {budget} steps");
                        obstacles.push(Obstacle::of(why));
                        return Err(obstacles);
                    }
                    let before = left_out.clone();
                    let task = Task {
                        program,
                        translation,
                        goal,
                        derivation,
                        interrupted,
                    };
                    let outcome = Performance::perform(
                        task,
                        manner,
                        bend.clone(),
                        &mut left_out,
                        &mut course,
                    )
                    .and_then(|(steps, premises)| {
                        let trace = AttackTrace {
                            version: VERSION,
                            query: goal.query,
                            steps,
                            premises,
                        };
                        let obstacle = |why| Obstacle {
                            blocked: ends(translation, derivation),
                            ..Obstacle::of(why)
                        };
                        reduce::confirmed_or_trimmed(program, trace).map_err(obstacle)
                    });
                    work = work.saturating_add(std::mem::take(&mut course.work));
                    match outcome {
                        Ok(attack) => return Ok(reduce::reduce(program, attack, interrupted)),
                        Err(obstacle) => {
                            if obstacles.iter().all(|o| o.why != obstacle.why) {
                                obstacles.push(obstacle);
                            }
                        }
                    }
                    if left_out == before {
                        break;
                    }
                }
                tried.push(Tried {
                    manner,
                    bend: number,
                    course,
                });
            }
        }
    }
    Err(obstacles)
}

/// What came up while derivations were followed.
#[derive(Clone, Copy, Debug, Default)]
struct Course {
    /// How many steps were taken.
    work: usize,
    /// An open message was chosen so that one copy does what two nodes ask for.
    chose: bool,
    /// All nodes were performed, and the premises came about.
    arrived: bool,
}

/// How a derivation was followed in vain, with what is chosen for open messages.
struct Tried {
    manner: Manner,
    bend: usize,
    course: Course,
}

impl Tried {
    /// Whether another manner would do the very same: it differs in a choice that did
    /// not come up.
    fn says(&self, bend: usize, manner: Manner) -> bool {
        let once = Manner {
            again: false,
            ..manner
        };
        let open = Manner {
            strict: false,
            ..manner
        };
        // With `absent_first`, a second copy sets out early.
        let again = manner.again && !manner.absent_first && !self.course.arrived;
        let strict = manner.strict && !self.course.chose;
        self.bend == bend && (again && self.manner == once || strict && self.manner == open)
    }
}

/// Where the copies do what the premises of the query say. If the run does not count,
/// one in which they do so elsewhere may.
fn ends(translation: &Translation, derivation: &Derivation) -> BTreeSet<Way> {
    let script = Script::new(translation, derivation);
    let ends = script.premises().into_iter();
    ends.filter_map(|node| Some(Way::Through(script.process(node)?.1.action)))
        .collect()
}

/// Answers of a `suchthat` that are tried.
const ANSWERS: usize = 4;

/// All manners; the choice of answers matters where there are predicates.
fn manners(program: &Program) -> impl Iterator<Item = Manner> {
    let answers = if program.clauses.is_empty() {
        1
    } else {
        ANSWERS
    };
    MANNERS
        .into_iter()
        .flat_map(move |manner| (0..answers).map(move |answer| Manner { answer, ..manner }))
}

/// What stands for an open message instead of a fresh name.
type Bend = BTreeMap<TermId, TermId>;

/// Choices for messages that the derivation leaves to the attacker: a fresh
/// name for each, and for each disequality that the query's conclusion asks
/// for, the choice that makes its sides equal.
fn bends(store: &mut Store, goal: &Goal, derivation: &Derivation) -> Vec<Bend> {
    let mut out = vec![Bend::new()];
    let root = derivation.nodes.get(derivation.root as usize);
    let Some(DerivationRule::Clause { instance, .. }) = root.map(|n| &n.rule) else {
        return out;
    };
    let mut values = Substitution::new();
    for (v, t) in instance {
        values.bind(*v, *t);
    }
    // Variables of the conclusion alone have no value.
    let value = |store: &mut Store, term: TermId| {
        let mut variables = BTreeSet::new();
        term_variables(store, term, &mut variables);
        let known = variables.iter().all(|v| values.image(*v).is_some());
        known.then(|| values.term(store, term))
    };
    let mut all = Bend::new();
    for (left, right) in goal.disjuncts.iter().flat_map(|d| &d.disequalities) {
        let (Some(left), Some(right)) = (value(store, *left), value(store, *right)) else {
            continue;
        };
        let open = |t: TermId| matches!(store.view(t), View::Var(_));
        let (from, to) = if open(left) {
            (left, right)
        } else {
            (right, left)
        };
        let mut inside = BTreeSet::new();
        term_variables(store, to, &mut inside);
        if matches!(store.view(from), View::Var(v) if !inside.contains(&v)) {
            out.push(Bend::from([(from, to)]));
            all.entry(from).or_insert(to);
        }
    }
    if all.len() > 1 {
        out.push(all);
    }
    out
}
