//! Forgeries by name: each changes an accepted certificate in one way that
//! leaves it without ground, and is refused for the reason given. The file is
//! long because it is one list.

use crate::common::{
    at_once as ends, certificate, composed, derived, disjunct, load, subsumed, tautology, variable,
};
use crate::models::{
    DIFFIE_HELLMAN, DISEQUALITY, EVENTS, KNOWLEDGE, OTHERWISE, PHASES, SECRECY, TABLES, TWO,
};
use checker::{Reason, Refusal};
use logic::Predicate;
use proof::{
    DisequalityNode, End, FactNode, Justification, Resolvent, SaturationCertificate, Selection,
    Step, TermNode, Way, Witness,
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
            (Self::Malformed, Refusal::Malformed(_))
            | (Self::NoSuchQuery, Refusal::NoSuchQuery(..))
            | (Self::OtherProgram, Refusal::OtherProgram)
            | (Self::Untranslatable, Refusal::Untranslatable(_))
            | (Self::Version, Refusal::Version(_)) => true,
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

/// That two hypotheses about one occurrence do not unify.
fn clash(first: u32, second: u32) -> Justification {
    Justification {
        steps: vec![Step::Unify { first, second }],
        end: End::Void,
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
    match &mut c.witnesses[0].by.end {
        End::Leaf(disjunct) => (&mut disjunct.number, &mut disjunct.bindings),
        End::Cases(_) | End::Void => panic!("the witness is a disjunct"),
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
            End::Cases(parts) => parts.iter_mut().for_each(|p| follow(p, moved)),
            End::Leaf(ways) => {
                ways.iter_mut().for_each(|way| follow_way(way, moved));
            }
            End::Void => {}
        }
    }
    fn follow_way(way: &mut Way, moved: &impl Fn(u32) -> u32) {
        if let Way::Clause { by, .. } = way {
            *by = moved(*by);
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
    for piece in c.apart.iter_mut().flat_map(|a| &mut a.pieces) {
        follow_way(&mut piece.way, &moved);
    }
    for j in &mut c.cover {
        follow(j, &moved);
    }
}

/// Removes a hypothesis of a clause, and its place wherever the clause covers one.
fn forget(c: &mut Certificate, clause: u32, gone: usize) {
    c.clauses[clause as usize].hypotheses.remove(gone);
    let closure = c.closure.iter_mut().map(|r| &mut r.by);
    for justification in c.cover.iter_mut().chain(closure) {
        let End::Leaf(ways) = &mut justification.end else {
            continue;
        };
        for way in ways {
            if let Way::Clause { by, at } = way
                && *by == clause
            {
                at.remove(gone);
            }
        }
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

/// The cover of the goal clause.
fn last(c: &mut Certificate) -> &mut Justification {
    c.cover.last_mut().expect("a cover of the goal")
}

/// The ways of a cover that leaves nothing open and has two places at least.
fn ways(c: &mut Certificate) -> &mut Vec<Way> {
    let two = |j: &&mut Justification| match &j.end {
        End::Leaf(ways) => matches!(ways.as_slice(), [Way::Clause { at, .. }] if at.len() > 1),
        _ => false,
    };
    match c.cover.iter_mut().find(two).map(|j| &mut j.end) {
        Some(End::Leaf(ways)) => ways,
        _ => panic!("a clause with two hypotheses is covered"),
    }
}

fn places(c: &mut Certificate) -> &mut Vec<Option<u32>> {
    match ways(c).first_mut() {
        Some(Way::Clause { at, .. }) => at,
        _ => panic!("there is a clause"),
    }
}

/// How pairs are taken apart.
fn apart(c: &mut Certificate) -> &mut proof::Apart {
    let pair = |a: &&mut proof::Apart| a.parts.len() == 2;
    c.apart.iter_mut().find(pair).expect("pairs")
}

const NOT_APPLICABLE: Expected = Lacks(&[Reason::NotApplicable]);
const NOT_STANDING: Expected = Lacks(&[Reason::NotStanding]);
const NOT_SUBSUMED: Expected = Lacks(&[Reason::NotSubsumed]);
const NOT_DUE: Expected = Lacks(&[Reason::Entries]);

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
        "a scope of another form of messages",
        EVENTS,
        |c| c.scope.message_form = true,
        Lacks(&[
            Reason::Entries,
            Reason::NotSubsumed,
            Reason::NotApplicable,
            Reason::Entries,
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
        Expected::Malformed,
    ),
    forgery(
        "a blocked hypothesis selected",
        EVENTS,
        |c| {
            let (clause, at) = blocked(c);
            c.clauses[clause].selection = Selection::Hypothesis(u32::try_from(at).expect("few"));
        },
        Expected::Malformed,
    ),
    forgery(
        "the cover ends early",
        SECRECY,
        |c| {
            c.cover.pop();
        },
        NOT_DUE,
    ),
    forgery("no cover", EVENTS, |c| c.cover.clear(), NOT_DUE),
    forgery(
        "a cover too many",
        SECRECY,
        |c| c.cover.push(ends(tautology())),
        NOT_DUE,
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
        |c| *last(c) = ends(subsumed(c, 0)),
        NOT_SUBSUMED,
    ),
    forgery(
        "covered by no clause",
        SECRECY,
        |c| *last(c) = ends(subsumed(c, u32::MAX)),
        NOT_SUBSUMED,
    ),
    forgery(
        "the goal as a tautology",
        SECRECY,
        |c| *last(c) = ends(tautology()),
        NOT_APPLICABLE,
    ),
    forgery(
        "the goal as a contradiction",
        SECRECY,
        |c| *last(c) = ends(End::Void),
        Lacks(&[Reason::ConstraintHolds]),
    ),
    forgery(
        "the goal as composed",
        SECRECY,
        |c| *last(c) = ends(composed(composition(c))),
        NOT_SUBSUMED,
    ),
    forgery(
        "the goal as derived",
        SECRECY,
        |c| *last(c) = ends(derived(c, 0)),
        NOT_SUBSUMED,
    ),
    forgery(
        "what is secret as derived",
        SECRECY,
        |c| {
            let by = ends(derived(c, 0));
            c.cover.fill(by);
        },
        Lacks(&[Reason::NotSubsumed, Reason::Entries]),
    ),
    forgery(
        "derived by no clause",
        EVENTS,
        |c| c.cover[0] = ends(derived(c, u32::MAX)),
        NOT_SUBSUMED,
    ),
    forgery(
        "the goal without a way",
        SECRECY,
        |c| *last(c) = ends(End::Leaf(Vec::new())),
        NOT_DUE,
    ),
    forgery(
        "the goal as a clash",
        SECRECY,
        |c| {
            *last(c) = clash(0, 0);
        },
        NOT_APPLICABLE,
    ),
    forgery(
        "a clash of nothing",
        EVENTS,
        |c| {
            *last(c) = clash(8, 9);
        },
        NOT_APPLICABLE,
    ),
    forgery(
        "the goal as void",
        EVENTS,
        |c| *last(c) = ends(End::Void),
        Lacks(&[Reason::ConstraintHolds]),
    ),
    forgery(
        "a secret as composed",
        SECRECY,
        |c| {
            let by = ends(composed(composition(c)));
            c.cover.fill(by);
        },
        Lacks(&[Reason::NotSubsumed, Reason::NotApplicable]),
    ),
    forgery(
        "a name taken apart",
        SECRECY,
        |c| last(c).steps.push(Step::Decompose { hypothesis: 0 }),
        NOT_STANDING,
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
        NOT_DUE,
    ),
    forgery(
        "all resolvents forgotten",
        EVENTS,
        |c| c.closure.clear(),
        NOT_DUE,
    ),
    forgery(
        "a resolvent that is none",
        EVENTS,
        |c| {
            c.closure.push(Resolvent {
                left: u32::MAX,
                right: 0,
                by: ends(tautology()),
            })
        },
        NOT_DUE,
    ),
    forgery(
        "a resolvent twice",
        EVENTS,
        |c| {
            let again = c.closure[0].clone();
            c.closure.push(again);
        },
        NOT_DUE,
    ),
    forgery(
        "a resolvent turned round",
        EVENTS,
        |c| {
            let r = &mut c.closure[0];
            std::mem::swap(&mut r.left, &mut r.right);
        },
        NOT_DUE,
    ),
    forgery(
        "resolvents as tautologies",
        EVENTS,
        |c| {
            for r in &mut c.closure {
                r.by = ends(tautology());
            }
        },
        NOT_APPLICABLE,
    ),
    forgery(
        "resolvents as contradictions",
        EVENTS,
        |c| {
            for r in &mut c.closure {
                r.by = ends(End::Void);
            }
        },
        Lacks(&[Reason::ConstraintHolds]),
    ),
    forgery(
        "resolvents covered by what they come from",
        EVENTS,
        |c| {
            for i in 0..c.closure.len() {
                c.closure[i].by = ends(subsumed(c, c.closure[i].left));
            }
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "resolvents covered by what they use",
        EVENTS,
        |c| {
            for i in 0..c.closure.len() {
                c.closure[i].by = ends(subsumed(c, c.closure[i].right));
            }
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "resolvents derived by what they come from",
        EVENTS,
        |c| {
            for i in 0..c.closure.len() {
                c.closure[i].by = ends(derived(c, c.closure[i].left));
            }
        },
        Lacks(&[Reason::NotSubsumed, Reason::NotStanding]),
    ),
    forgery("no witness", EVENTS, |c| c.witnesses.clear(), NOT_DUE),
    forgery(
        "a witness twice",
        EVENTS,
        |c| {
            let again = c.witnesses[0].clone();
            c.witnesses.push(again);
        },
        NOT_DUE,
    ),
    forgery(
        "a witness of another clause",
        EVENTS,
        |c| {
            c.witnesses.push(Witness {
                clause: 0,
                by: disjunct(0),
            })
        },
        NOT_DUE,
    ),
    forgery(
        "a witness by no disjunct",
        EVENTS,
        |c| *choice(c).0 = 99,
        Lacks(&[Reason::NoSuchStatement]),
    ),
    forgery(
        "a witness by the other disjunct",
        EVENTS,
        |c| {
            c.witnesses[0].by = disjunct(1);
        },
        Lacks(&[Reason::FactMissing]),
    ),
    forgery(
        "a witness by contradiction",
        EVENTS,
        |c| c.witnesses[0].by = ends(End::Void),
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
        NOT_DUE,
    ),
    forgery(
        "everything taken as solved",
        EVENTS,
        |c| {
            for k in &mut c.clauses {
                k.selection = Selection::Conclusion;
            }
        },
        Lacks(&[Reason::Entries, Reason::Entries]),
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
        NOT_DUE,
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
        NOT_DUE,
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
            let events = |h: &FactNode| h.predicate.is_blocked();
            let clause = c.witnesses[0].clause;
            while let Some(gone) = solved(c).hypotheses.iter().position(events) {
                forget(c, clause, gone);
            }
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
            c.witnesses[0].by = ends(End::Void);
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
            c.witnesses[0].by = ends(End::Void);
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
            c.witnesses[0].by = ends(End::Void);
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
        Lacks(&[Reason::NotSubsumed, Reason::Entries]),
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
        Lacks(&[Reason::NotSubsumed, Reason::Entries]),
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
        Lacks(&[Reason::NotSubsumed, Reason::Entries, Reason::NotStanding]),
    ),
    forgery(
        "known without a ground",
        KNOWLEDGE,
        |c| {
            solved(c).hypotheses.retain(|h| !is_attacker(h));
        },
        Lacks(&[Reason::FactMissing]),
    ),
    forgery(
        "a place too few",
        SECRECY,
        |c| {
            places(c).pop();
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "a place too many",
        SECRECY,
        |c| places(c).push(None),
        NOT_SUBSUMED,
    ),
    forgery(
        "a place that is none",
        SECRECY,
        |c| places(c)[0] = Some(u32::MAX),
        NOT_SUBSUMED,
    ),
    forgery(
        "places exchanged",
        SECRECY,
        |c| places(c).reverse(),
        NOT_SUBSUMED,
    ),
    forgery(
        "one place for two hypotheses",
        SECRECY,
        |c| {
            let first = places(c)[0];
            places(c).fill(first);
        },
        NOT_SUBSUMED,
    ),
    forgery(
        "a hypothesis left open that nothing derives",
        SECRECY,
        |c| *places(c).first_mut().expect("one") = None,
        Lacks(&[Reason::Entries, Reason::NotStanding]),
    ),
    forgery(
        "a hypothesis left open, found already",
        SECRECY,
        |c| {
            places(c)[0] = None;
            ways(c).push(Way::Again);
        },
        Lacks(&[Reason::NotApplicable, Reason::NotStanding]),
    ),
    forgery(
        "derived by itself without end",
        SECRECY,
        |c| {
            let next = composition(c);
            for j in &mut c.cover {
                let at = vec![None; 2];
                let again = Way::Clause { by: next, at };
                j.end = End::Leaf(vec![again; 5_000]);
            }
        },
        Lacks(&[Reason::NotSubsumed, Reason::Entries, Reason::TooDeep]),
    ),
    forgery(
        "found before anything was",
        SECRECY,
        |c| *last(c) = ends(End::Leaf(vec![Way::Again])),
        NOT_APPLICABLE,
    ),
    forgery(
        "a way too many",
        SECRECY,
        |c| {
            if let End::Leaf(ways) = &mut last(c).end {
                ways.push(Way::Hypothesis(0));
            }
        },
        NOT_DUE,
    ),
    forgery(
        "taken apart by no symbol",
        SECRECY,
        |c| apart(c).symbol = u32::MAX,
        NOT_APPLICABLE,
    ),
    forgery(
        "a symbol taken apart that is no constructor of data",
        SECRECY,
        |c| {
            let pair = apart(c).symbol;
            let other = c.terms.iter().find_map(|t| match t {
                TermNode::Apply(s, parts) if parts.len() == 2 && *s != pair => Some(*s),
                _ => None,
            });
            apart(c).symbol = other.expect("encryption");
        },
        NOT_APPLICABLE,
    ),
    forgery(
        "a part too few",
        SECRECY,
        |c| {
            apart(c).parts.pop();
        },
        NOT_APPLICABLE,
    ),
    forgery(
        "a whole known before its parts",
        SECRECY,
        |c| apart(c).parts.iter_mut().for_each(|part| *part += 1),
        Lacks(&[Reason::NotApplicable, Reason::NotSubsumed]),
    ),
    forgery(
        "a whole of another phase",
        SECRECY,
        |c| apart(c).number += 1,
        NOT_APPLICABLE,
    ),
    forgery(
        "everything of another phase",
        SECRECY,
        |c| {
            apart(c).number += 1;
            apart(c).parts.iter_mut().for_each(|part| *part += 1);
        },
        NOT_DUE,
    ),
    forgery(
        "a piece too few",
        SECRECY,
        |c| {
            apart(c).pieces.pop();
        },
        NOT_DUE,
    ),
    forgery(
        "a piece too many",
        SECRECY,
        |c| {
            let again = apart(c).pieces[0].clone();
            apart(c).pieces.push(again);
        },
        NOT_DUE,
    ),
    forgery(
        "pieces by a clause that waits",
        SECRECY,
        |c| {
            let waits = |k: &proof::CertifiedClause| k.selection != Selection::Conclusion;
            let by = c.clauses.iter().position(waits).expect("one waits");
            let by = u32::try_from(by).expect("few clauses");
            let places = (0..).take(c.clauses[by as usize].hypotheses.len());
            let at = places.map(Some).collect();
            apart(c).pieces[0].way = Way::Clause { by, at };
        },
        NOT_STANDING,
    ),
    forgery(
        "pieces in two steps",
        SECRECY,
        |c| {
            let by = composition(c);
            let at = vec![None; 2];
            apart(c).pieces[0].way = Way::Clause { by, at };
        },
        Lacks(&[Reason::NotSubsumed, Reason::Entries]),
    ),
    forgery(
        "taken apart by being taken apart",
        SECRECY,
        |c| {
            for piece in &mut apart(c).pieces {
                piece.taken.push(0);
            }
        },
        Lacks(&[Reason::NotApplicable, Reason::NotStanding]),
    ),
    forgery(
        "nothing is taken apart",
        SECRECY,
        |c| c.apart.clear(),
        NOT_STANDING,
    ),
    forgery(
        "a goal before other clauses",
        SECRECY,
        |c| c.clauses.reverse(),
        Expected::Malformed,
    ),
    forgery(
        "a goal that is asked for",
        SECRECY,
        |c| {
            let goal = c.clauses[goal(c)].conclusion.clone();
            c.clauses[0].hypotheses.push(goal);
        },
        Expected::Malformed,
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
