//! Forgeries by name: each changes an accepted certificate in one way that
//! leaves it without ground, and is refused for the reason given. The file is
//! long because it is one list.

use crate::common::{certificate, load};
use crate::models::{
    DIFFIE_HELLMAN, DISEQUALITY, EVENTS, KNOWLEDGE, OTHERWISE, PHASES, SECRECY, TABLES, TWO,
};
use checker::{Reason, Refusal};
use logic::Predicate;
use proof::{
    Choice, Deduction, DisequalityNode, End, FactNode, Justification, Resolvent,
    SaturationCertificate, Selection, Step, TermNode, Witness,
};

pub(crate) type Certificate = SaturationCertificate;

/// How a forgery is refused.
#[derive(Debug, Clone, Copy)]
enum Expected {
    Malformed,
    NoSuchQuery,
    OtherProgram,
    Version,
    Unjustified(&'static [Reason]),
    Untranslatable,
}

use Expected::Unjustified as Lacks;

impl Expected {
    fn fits(self, refusal: &Refusal) -> bool {
        match (self, refusal) {
            (Self::Malformed, Refusal::Malformed { .. })
            | (Self::NoSuchQuery, Refusal::NoSuchQuery { .. })
            | (Self::OtherProgram, Refusal::OtherProgram)
            | (Self::Untranslatable, Refusal::Untranslatable(_))
            | (Self::Version, Refusal::Version { .. }) => true,
            (Self::Unjustified(reasons), Refusal::Unjustified { reason, .. }) => {
                reasons.contains(reason)
            }
            _ => false,
        }
    }
}

struct Forgery {
    name: &'static str,
    model: &'static str,
    change: fn(&mut Certificate),
    expected: Expected,
}

const fn forgery(
    name: &'static str,
    model: &'static str,
    change: fn(&mut Certificate),
    expected: Expected,
) -> Forgery {
    Forgery {
        name,
        model,
        change,
        expected,
    }
}

fn derived(by: u32) -> End {
    End::Derived(Deduction {
        by,
        premises: Vec::new(),
    })
}

fn ends(end: End) -> Justification {
    Justification {
        steps: Vec::new(),
        end,
    }
}

fn disjunct(number: u32) -> Choice {
    Choice::Disjunct {
        number,
        bindings: Vec::new(),
    }
}

/// The clause that covers the goal clause, and selects a hypothesis of it.
fn goal(c: &Certificate) -> usize {
    c.clauses
        .iter()
        .position(|k| {
            matches!(k.conclusion.predicate, Predicate::Goal(_))
                && k.selection != Selection::Conclusion
        })
        .expect("the goal clause selects a hypothesis")
}

/// A clause with a blocked hypothesis, and which.
fn blocked(c: &Certificate) -> (usize, usize) {
    let found = c.clauses.iter().enumerate().find_map(|(i, k)| {
        let at = k.hypotheses.iter().position(|h| h.predicate.is_blocked())?;
        (k.selection == Selection::Conclusion).then_some((i, at))
    });
    found.expect("some clause has a blocked hypothesis")
}

/// The solved goal clause of the first witness.
fn solved(c: &mut Certificate) -> &mut proof::CertifiedClause {
    let clause = c.witnesses[0].clause as usize;
    &mut c.clauses[clause]
}

fn choice(c: &mut Certificate) -> (&mut u32, &mut Vec<(u32, u32)>) {
    match &mut c.witnesses[0].choice {
        Choice::Disjunct { number, bindings } => (number, bindings),
        Choice::Cases { .. } | Choice::Void => panic!("the witness is a disjunct"),
    }
}

/// Removes a clause; references to later ones are renumbered, those to it go
/// to the first clause.
pub(crate) fn remove(c: &mut Certificate, gone: u32) {
    let moved = |n: u32| match n.cmp(&gone) {
        std::cmp::Ordering::Less => n,
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Greater => n - 1,
    };
    fn follow(j: &mut Justification, moved: &impl Fn(u32) -> u32) {
        match &mut j.end {
            End::Subsumed { by } => *by = moved(*by),
            End::Split(parts) => parts.iter_mut().for_each(|p| follow(p, moved)),
            _ => {}
        }
    }
    c.clauses.remove(gone as usize);
    c.closure.retain(|r| r.left != gone && r.right != gone);
    c.witnesses.retain(|w| w.clause != gone);
    for w in &mut c.witnesses {
        w.clause = moved(w.clause);
    }
    for r in &mut c.closure {
        r.left = moved(r.left);
        r.right = moved(r.right);
        follow(&mut r.by, &moved);
    }
    for j in &mut c.cover {
        follow(j, &moved);
    }
}

fn is_attacker(f: &FactNode) -> bool {
    matches!(f.predicate, Predicate::Attacker(_))
}

/// The composition clause of a symbol with two arguments that is a tuple: a
/// clause with two hypotheses `attacker(x)` and as many steps rely on it.
fn composition(c: &Certificate) -> u32 {
    let found = c.clauses.iter().position(|k| {
        k.selection == Selection::Conclusion
            && k.hypotheses.len() == 2
            && k.constraints.is_empty()
            && k.hypotheses.iter().all(is_attacker)
            && is_attacker(&k.conclusion)
            && match &c.terms[k.conclusion.arguments[0] as usize] {
                TermNode::Apply(_, arguments) => {
                    arguments.len() == 2
                        && k.hypotheses
                            .iter()
                            .all(|h| arguments.contains(&h.arguments[0]))
                }
                TermNode::Var(_) => false,
            }
    });
    u32::try_from(found.expect("a composition clause")).expect("few clauses")
}

fn constant(c: &Certificate) -> u32 {
    let found = c
        .terms
        .iter()
        .position(|t| matches!(t, TermNode::Apply(_, arguments) if arguments.is_empty()));
    u32::try_from(found.expect("a name")).expect("few terms")
}

fn variable(c: &mut Certificate, number: u32) -> u32 {
    c.terms.push(TermNode::Var(number));
    u32::try_from(c.terms.len() - 1).expect("few terms")
}

/// The cover of the goal clause.
fn last(c: &mut Certificate) -> &mut Justification {
    c.cover.last_mut().expect("a cover of the goal")
}

const NOT_APPLICABLE: Expected = Lacks(&[Reason::NotApplicable]);
const NOT_STANDING: Expected = Lacks(&[Reason::NotStanding]);
const NOT_SUBSUMED: Expected = Lacks(&[Reason::NotSubsumed]);
const MISSING: Expected = Lacks(&[Reason::Missing]);
const EXTRA: Expected = Lacks(&[Reason::Extra]);

const FORGERIES: &[Forgery] = &[
    forgery(
        "another version",
        SECRECY,
        |c| c.version += 1,
        Expected::Version,
    ),
    forgery(
        "another program",
        SECRECY,
        |c| c.program[7] ^= 1,
        Expected::OtherProgram,
    ),
    forgery(
        "a scope without the event asked for",
        EVENTS,
        |c| c.scope.begins.clear(),
        Expected::Untranslatable,
    ),
    forgery(
        "a scope without the event reached",
        EVENTS,
        |c| c.scope.ends.clear(),
        Expected::Untranslatable,
    ),
    forgery(
        "a scope with an event twice",
        EVENTS,
        |c| {
            let first = c.scope.ends[0];
            c.scope.ends.push(first);
        },
        Expected::Malformed,
    ),
    forgery(
        "a scope with an unknown event",
        EVENTS,
        |c| c.scope.begins.push(1 << 20),
        Expected::Malformed,
    ),
    forgery(
        "a scope of another form of messages",
        EVENTS,
        |c| c.scope.message_form = true,
        Lacks(&[
            Reason::Missing,
            Reason::NotSubsumed,
            Reason::NotApplicable,
            Reason::Extra,
        ]),
    ),
    forgery(
        "no such query",
        SECRECY,
        |c| c.query = 1,
        Expected::NoSuchQuery,
    ),
    forgery(
        "for a false query",
        TWO,
        |c| c.query = 1,
        Lacks(&[Reason::NotSubsumed, Reason::NotApplicable]),
    ),
    forgery(
        "a reserved variable",
        SECRECY,
        |c| {
            variable(c, 1 << 24);
        },
        Expected::Malformed,
    ),
    forgery(
        "a variable of the theory",
        DIFFIE_HELLMAN,
        |c| {
            variable(c, 1 << 31);
        },
        Expected::Malformed,
    ),
    forgery(
        "a term inside itself",
        SECRECY,
        |c| {
            let next = u32::try_from(c.terms.len()).expect("few terms");
            let symbol = c.terms.iter().find_map(|t| match t {
                TermNode::Apply(symbol, arguments) if arguments.len() == 2 => Some(*symbol),
                _ => None,
            });
            c.terms
                .push(TermNode::Apply(symbol.expect("a pair"), vec![next, next]));
        },
        Expected::Malformed,
    ),
    forgery(
        "an argument too few",
        SECRECY,
        |c| {
            for t in &mut c.terms {
                if let TermNode::Apply(_, arguments) = t {
                    arguments.pop();
                }
            }
        },
        Expected::Malformed,
    ),
    forgery(
        "an argument too many",
        SECRECY,
        |c| {
            let name = constant(c);
            if let TermNode::Apply(_, arguments) = &mut c.terms[name as usize] {
                arguments.push(0);
            }
        },
        Expected::Malformed,
    ),
    forgery(
        "no such symbol",
        SECRECY,
        |c| c.terms.push(TermNode::Apply(9_999, Vec::new())),
        Expected::Malformed,
    ),
    forgery(
        "no such term",
        SECRECY,
        |c| c.clauses[0].conclusion.arguments[0] = 99_999,
        Expected::Malformed,
    ),
    forgery(
        "attacker of two",
        SECRECY,
        |c| c.clauses[0].conclusion.arguments.push(0),
        Expected::Malformed,
    ),
    forgery(
        "attacker of nothing",
        SECRECY,
        |c| c.clauses[0].conclusion.arguments.clear(),
        Expected::Malformed,
    ),
    forgery(
        "a term without bottom",
        SECRECY,
        |c| {
            let symbol = c
                .terms
                .iter()
                .find_map(|t| match t {
                    TermNode::Apply(symbol, arguments) if arguments.len() == 2 => Some(*symbol),
                    _ => None,
                })
                .expect("a pair");
            let mut inner = constant(c);
            for _ in 0..100_000 {
                c.terms.push(TermNode::Apply(symbol, vec![inner, inner]));
                inner = u32::try_from(c.terms.len() - 1).expect("few terms");
            }
        },
        Expected::Malformed,
    ),
    forgery(
        "no such hypothesis selected",
        SECRECY,
        |c| c.clauses[0].selection = Selection::Hypothesis(77),
        NOT_APPLICABLE,
    ),
    forgery(
        "a blocked hypothesis selected",
        EVENTS,
        |c| {
            let (clause, at) = blocked(c);
            c.clauses[clause].selection = Selection::Hypothesis(u32::try_from(at).expect("few"));
        },
        Lacks(&[Reason::BlockedSelected]),
    ),
    forgery(
        "the cover ends early",
        SECRECY,
        |c| {
            c.cover.pop();
        },
        MISSING,
    ),
    forgery("no cover", EVENTS, |c| c.cover.clear(), MISSING),
    forgery(
        "a cover too many",
        SECRECY,
        |c| c.cover.push(ends(End::Tautology)),
        EXTRA,
    ),
    forgery(
        "covers in reverse",
        SECRECY,
        |c| c.cover.reverse(),
        Lacks(&[
            Reason::NotSubsumed,
            Reason::NotApplicable,
            Reason::NotStanding,
        ]),
    ),
    forgery(
        "covered by another clause",
        SECRECY,
        |c| *last(c) = ends(End::Subsumed { by: 0 }),
        NOT_SUBSUMED,
    ),
    forgery(
        "covered by no clause",
        SECRECY,
        |c| *last(c) = ends(End::Subsumed { by: u32::MAX }),
        NOT_SUBSUMED,
    ),
    forgery(
        "the goal as a tautology",
        SECRECY,
        |c| *last(c) = ends(End::Tautology),
        NOT_APPLICABLE,
    ),
    forgery(
        "the goal as a contradiction",
        SECRECY,
        |c| *last(c) = ends(End::Contradiction { constraint: 0 }),
        NOT_APPLICABLE,
    ),
    forgery(
        "the goal as composed",
        SECRECY,
        |c| *last(c) = ends(End::Composed),
        NOT_APPLICABLE,
    ),
    forgery(
        "the goal as derived",
        SECRECY,
        |c| *last(c) = ends(derived(0)),
        NOT_STANDING,
    ),
    forgery(
        "what is secret as derived",
        SECRECY,
        |c| {
            for j in &mut c.cover {
                *j = ends(derived(0));
            }
        },
        NOT_STANDING,
    ),
    forgery(
        "derived by no clause",
        EVENTS,
        |c| c.cover[0] = ends(derived(u32::MAX)),
        NOT_STANDING,
    ),
    forgery(
        "the goal as split",
        SECRECY,
        |c| *last(c) = ends(End::Split(Vec::new())),
        NOT_APPLICABLE,
    ),
    forgery(
        "the goal as a clash",
        SECRECY,
        |c| {
            *last(c) = ends(End::Clash {
                first: 0,
                second: 0,
            })
        },
        NOT_APPLICABLE,
    ),
    forgery(
        "a clash of nothing",
        EVENTS,
        |c| {
            *last(c) = ends(End::Clash {
                first: 8,
                second: 9,
            })
        },
        NOT_APPLICABLE,
    ),
    forgery(
        "the goal as met already",
        EVENTS,
        |c| *last(c) = ends(End::Satisfied(disjunct(1))),
        Lacks(&[Reason::FactMissing]),
    ),
    forgery(
        "the goal as met by a disjunct that is none",
        SECRECY,
        |c| *last(c) = ends(End::Satisfied(disjunct(0))),
        Lacks(&[Reason::NoSuchDisjunct]),
    ),
    forgery(
        "the goal as void",
        EVENTS,
        |c| *last(c) = ends(End::Satisfied(Choice::Void)),
        Lacks(&[Reason::ConstraintHolds]),
    ),
    forgery(
        "another clause as met",
        EVENTS,
        |c| c.cover[0] = ends(End::Satisfied(disjunct(0))),
        NOT_APPLICABLE,
    ),
    forgery(
        "a secret as composed",
        SECRECY,
        |c| {
            for j in &mut c.cover {
                *j = ends(End::Composed);
            }
        },
        Lacks(&[Reason::NotStanding, Reason::NotApplicable]),
    ),
    forgery(
        "a name taken apart",
        SECRECY,
        |c| last(c).steps.push(Step::Decompose { hypothesis: 0 }),
        NOT_APPLICABLE,
    ),
    forgery(
        "a hypothesis that is none taken apart",
        SECRECY,
        |c| last(c).steps.push(Step::Decompose { hypothesis: 5 }),
        NOT_APPLICABLE,
    ),
    forgery(
        "a hypothesis unified with itself",
        EVENTS,
        |c| {
            last(c).steps.push(Step::Unify {
                first: 0,
                second: 0,
            })
        },
        NOT_APPLICABLE,
    ),
    forgery(
        "attacker facts unified",
        EVENTS,
        |c| {
            for j in &mut c.cover {
                j.steps.push(Step::Unify {
                    first: 0,
                    second: 1,
                });
            }
        },
        NOT_APPLICABLE,
    ),
    forgery(
        "a resolvent forgotten",
        EVENTS,
        |c| {
            c.closure.pop();
        },
        MISSING,
    ),
    forgery(
        "all resolvents forgotten",
        EVENTS,
        |c| c.closure.clear(),
        MISSING,
    ),
    forgery(
        "a resolvent that is none",
        EVENTS,
        |c| {
            c.closure.push(Resolvent {
                left: u32::MAX,
                right: 0,
                by: ends(End::Tautology),
            })
        },
        EXTRA,
    ),
    forgery(
        "a resolvent twice",
        EVENTS,
        |c| {
            let again = c.closure[0].clone();
            c.closure.push(again);
        },
        EXTRA,
    ),
    forgery(
        "a resolvent turned round",
        EVENTS,
        |c| {
            let r = &mut c.closure[0];
            std::mem::swap(&mut r.left, &mut r.right);
        },
        MISSING,
    ),
    forgery(
        "resolvents as tautologies",
        EVENTS,
        |c| {
            for r in &mut c.closure {
                r.by = ends(End::Tautology);
            }
        },
        NOT_APPLICABLE,
    ),
    forgery(
        "resolvents as contradictions",
        EVENTS,
        |c| {
            for r in &mut c.closure {
                r.by = ends(End::Contradiction { constraint: 0 });
            }
        },
        NOT_APPLICABLE,
    ),
    forgery(
        "resolvents covered by what they come from",
        EVENTS,
        |c| {
            for r in &mut c.closure {
                r.by = ends(End::Subsumed { by: r.left });
            }
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "resolvents covered by what they use",
        EVENTS,
        |c| {
            for r in &mut c.closure {
                r.by = ends(End::Subsumed { by: r.right });
            }
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "resolvents derived by what they come from",
        EVENTS,
        |c| {
            for r in &mut c.closure {
                r.by = ends(derived(r.left));
            }
        },
        NOT_STANDING,
    ),
    forgery("no witness", EVENTS, |c| c.witnesses.clear(), MISSING),
    forgery(
        "a witness twice",
        EVENTS,
        |c| {
            let again = c.witnesses[0].clone();
            c.witnesses.push(again);
        },
        EXTRA,
    ),
    forgery(
        "a witness of another clause",
        EVENTS,
        |c| {
            c.witnesses.push(Witness {
                clause: 0,
                choice: disjunct(0),
            })
        },
        EXTRA,
    ),
    forgery(
        "a witness by no disjunct",
        EVENTS,
        |c| *choice(c).0 = 99,
        Lacks(&[Reason::NoSuchDisjunct]),
    ),
    forgery(
        "a witness by the other disjunct",
        EVENTS,
        |c| {
            c.witnesses[0].choice = disjunct(1);
        },
        Lacks(&[Reason::FactMissing]),
    ),
    forgery(
        "a witness by contradiction",
        EVENTS,
        |c| c.witnesses[0].choice = Choice::Void,
        Lacks(&[Reason::ConstraintHolds]),
    ),
    forgery(
        "a binding of nothing",
        EVENTS,
        |c| choice(c).1.push((9, 0)),
        Lacks(&[Reason::BadBinding]),
    ),
    forgery(
        "a binding to nothing",
        EVENTS,
        |c| choice(c).1[0].1 = u32::MAX,
        Lacks(&[Reason::BadBinding]),
    ),
    forgery(
        "a binding twice",
        EVENTS,
        |c| {
            let again = choice(c).1[0];
            choice(c).1.push(again);
        },
        Lacks(&[Reason::BadBinding]),
    ),
    forgery(
        "a binding to another term",
        EVENTS,
        |c| {
            let name = constant(c);
            choice(c).1[0].1 = name;
        },
        Lacks(&[Reason::FactMissing]),
    ),
    forgery(
        "the goal clause removed",
        SECRECY,
        |c| {
            let gone = u32::try_from(goal(c)).expect("few clauses");
            remove(c, gone);
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "a solved goal clause removed",
        EVENTS,
        |c| {
            let gone = c.witnesses[0].clause;
            remove(c, gone);
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "composition removed",
        SECRECY,
        |c| {
            let gone = composition(c);
            remove(c, gone);
        },
        Lacks(&[Reason::NotSubsumed, Reason::NotStanding]),
    ),
    forgery(
        "the goal taken as solved",
        SECRECY,
        |c| {
            let goal = goal(c);
            c.clauses[goal].selection = Selection::Conclusion;
        },
        MISSING,
    ),
    forgery(
        "everything taken as solved",
        EVENTS,
        |c| {
            for k in &mut c.clauses {
                k.selection = Selection::Conclusion;
            }
        },
        EXTRA,
    ),
    forgery(
        "everything taken as solved, no closure",
        EVENTS,
        |c| {
            for k in &mut c.clauses {
                k.selection = Selection::Conclusion;
            }
            c.closure.clear();
        },
        MISSING,
    ),
    forgery(
        "a solved goal that nothing resolves",
        KNOWLEDGE,
        |c| {
            let at = solved(c).hypotheses.iter().position(is_attacker);
            let at = at.expect("the message comes from the attacker");
            solved(c).selection = Selection::Hypothesis(u32::try_from(at).expect("few"));
            c.witnesses.clear();
        },
        MISSING,
    ),
    forgery(
        "a goal that asks for an event more",
        EVENTS,
        |c| {
            let (from, at) = blocked(c);
            let begin = c.clauses[from].hypotheses[at].clone();
            let goal = goal(c);
            c.clauses[goal].hypotheses.push(begin);
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "a solved goal with the event it needs",
        EVENTS,
        |c| {
            let begin = solved(c)
                .hypotheses
                .iter()
                .find(|h| h.predicate.is_blocked())
                .cloned();
            solved(c).hypotheses.push(begin.expect("an event"));
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "a solved goal without its event",
        EVENTS,
        |c| {
            solved(c).hypotheses.retain(|h| !h.predicate.is_blocked());
        },
        Lacks(&[Reason::FactMissing]),
    ),
    forgery(
        "the event of another message",
        EVENTS,
        |c| {
            let name = constant(c);
            for h in &mut solved(c).hypotheses {
                if h.predicate.is_blocked() {
                    h.arguments[0] = name;
                }
            }
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "another event",
        EVENTS,
        |c| {
            for h in &mut solved(c).hypotheses {
                if h.predicate.is_blocked() {
                    h.predicate = Predicate::Begin(77);
                }
            }
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "an impossible constraint",
        EVENTS,
        |c| {
            solved(c).constraints.push(DisequalityNode {
                universals: Vec::new(),
                pairs: vec![(0, 0)],
            });
            c.witnesses[0].choice = Choice::Void;
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "a constraint without pairs",
        EVENTS,
        |c| {
            solved(c).constraints.push(DisequalityNode {
                universals: Vec::new(),
                pairs: Vec::new(),
            });
            c.witnesses[0].choice = Choice::Void;
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "a constraint that excludes all",
        DISEQUALITY,
        |c| {
            let z = variable(c, 4_000);
            let pair = (solved(c).conclusion.arguments[0], z);
            solved(c).constraints.push(DisequalityNode {
                universals: vec![4_000],
                pairs: vec![pair],
            });
            c.witnesses[0].choice = Choice::Void;
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "a constraint dropped",
        DISEQUALITY,
        |c| solved(c).constraints.clear(),
        Lacks(&[Reason::DisequalityFails]),
    ),
    forgery(
        "a failure dropped",
        OTHERWISE,
        |c| solved(c).constraints.clear(),
        Lacks(&[Reason::DisequalityFails]),
    ),
    forgery(
        "an entry said to be another",
        TABLES,
        |c| {
            for k in &mut c.clauses {
                for h in &mut k.hypotheses {
                    if let Predicate::Table { table, .. } = &mut h.predicate {
                        *table += 1;
                    }
                }
            }
        },
        Lacks(&[Reason::NotSubsumed, Reason::Missing]),
    ),
    forgery(
        "an insert without its event",
        TABLES,
        |c| {
            for k in &mut c.clauses {
                k.hypotheses.retain(|h| !h.predicate.is_blocked());
                k.selection = Selection::Conclusion;
            }
        },
        Lacks(&[Reason::Extra, Reason::Missing]),
    ),
    forgery(
        "everything a phase later",
        PHASES,
        |c| {
            for k in &mut c.clauses {
                for f in k.hypotheses.iter_mut().chain([&mut k.conclusion]) {
                    if let Predicate::Attacker(phase) = &mut f.predicate {
                        *phase += 1;
                    }
                }
            }
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "exponents in one order only",
        DIFFIE_HELLMAN,
        |c| {
            c.clauses.pop();
        },
        Lacks(&[Reason::NotSubsumed, Reason::Extra, Reason::NotStanding]),
    ),
    forgery(
        "known without a ground",
        KNOWLEDGE,
        |c| {
            solved(c).hypotheses.retain(|h| !is_attacker(h));
        },
        Lacks(&[Reason::FactMissing]),
    ),
];

#[test]
fn forgeries_are_refused_for_the_right_reason() {
    assert!(FORGERIES.len() >= 40);
    let mut wrong = Vec::new();
    for forgery in FORGERIES {
        let program = load(forgery.model);
        let honest = certificate(&program, 0);
        let mut certificate = honest.clone();
        (forgery.change)(&mut certificate);
        // Having seen the honest one makes no difference.
        let mut checker = checker::Checker::new(&program);
        let first = checker.check(&honest);
        assert!(first.is_ok(), "{}: {first:?}", forgery.name);
        let after = checker.check(&certificate);
        match checker::check(&program, &certificate) {
            Err(refusal) if after.as_ref() != Err(&refusal) => {
                wrong.push(format!("{}: {refusal}, then {after:?}", forgery.name));
            }
            Err(refusal) if forgery.expected.fits(&refusal) => {}
            other => wrong.push(format!(
                "{}: {other:?}, not {:?}",
                forgery.name, forgery.expected
            )),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
