//! Forgeries about natural numbers, predicates with clauses and an attacker
//! that respects types.

use crate::common::{at_once, certificate, composed, load, subsumed, tautology};
use logic::Predicate;
use proof::{End, FactNode, Justification, SaturationCertificate as Certificate, Selection, Step};

/// Bounds that meet only when a message passes the private channel.
const BOUNDS: &str = "free c: channel. free d: channel [private]. free s: bitstring [private].
    query attacker(s).
    process (in(c, x: nat); if x < 3 then out(d, x))
          | (in(d, y: nat); if y > 5 then out(c, s))";

/// The second query is false.
const LEAST: &str = "free c: channel. event e(nat).
    query x: nat; event(e(x)) ==> x >= 2.
    query x: nat; event(e(x)) ==> x >= 3.
    process in(c, x: nat); if x > 1 then event e(x)";

/// No clause makes `listed(m)` true.
const LISTED: &str = "free c: channel. free s: bitstring [private].
    const n: bitstring. const m: bitstring. pred listed(bitstring). clauses listed(n).
    query attacker(s).
    process if listed(m) then out(c, s)";

/// Whether the predicate holds is open; the second query is false.
const OPEN: &str = "free c: channel. free s: bitstring [private]. const n: bitstring.
    pred listed(bitstring) [block].
    query attacker(s) ==> listed(n).
    query attacker(s).
    process if listed(n) then out(c, s)";

/// No key is a nonce: only an attacker that ignores types sends one.
const TYPED: &str = "free c: channel. type key. type nonce. free s: bitstring [private].
    free k: key [private].
    query attacker(s).
    process out(c, k); in(c, x: nonce); let y: bitstring = (x, c) in
            if y = (k, c) then out(c, s)";

fn typed() -> String {
    format!("set ignoreTypes = false. {TYPED}")
}

fn ends(c: &mut Certificate) -> Vec<&mut End> {
    let closure = c.closure.iter_mut().map(|r| &mut r.by);
    let all: Vec<&mut Justification> = c.cover.iter_mut().chain(closure).collect();
    all.into_iter().map(|j| &mut j.end).collect()
}

/// Another reason for everything that rests on arithmetic.
fn instead_of_numbers(c: &mut Certificate, end: &End) {
    let mut changed = 0;
    for old in ends(c) {
        if *old == End::Void {
            *old = end.clone();
            changed += 1;
        }
    }
    assert!(changed > 0, "the proof rests on arithmetic");
}

/// The first hypothesis with such a predicate.
fn hypothesis(c: &Certificate, wanted: fn(Predicate) -> bool) -> (usize, usize) {
    (0..)
        .zip(&c.clauses)
        .find_map(|(clause, certified)| {
            let mut facts = certified.hypotheses.iter();
            Some((clause, facts.position(|f| wanted(f.predicate))?))
        })
        .expect("the proof has such a hypothesis")
}

fn bound(c: &mut Certificate) -> &mut FactNode {
    let (clause, at) = hypothesis(c, |p| p == Predicate::AtLeast);
    &mut c.clauses[clause].hypotheses[at]
}

type Forgery = (&'static str, &'static str, fn(&mut Certificate));

const FORGERIES: &[Forgery] = &[
    ("bounds that clash called a tautology", BOUNDS, |c| {
        instead_of_numbers(c, &tautology());
    }),
    ("bounds that clash said to be composed", BOUNDS, |c| {
        instead_of_numbers(c, &composed(0));
    }),
    ("bounds that clash said to be subsumed", BOUNDS, |c| {
        let by = subsumed(c, 0);
        instead_of_numbers(c, &by);
    }),
    ("bounds that clash said to clash otherwise", BOUNDS, |c| {
        instead_of_numbers(c, &tautology());
        for r in &mut c.closure {
            r.by.steps.push(Step::Unify {
                first: 0,
                second: 1,
            });
        }
    }),
    (
        "resolvents that arithmetic rules out left out",
        BOUNDS,
        |c| {
            c.closure.retain(|r| r.by.end != End::Void);
        },
    ),
    ("arithmetic rules the goal out", BOUNDS, |c| {
        c.cover.last_mut().expect("the goal").end = End::Void;
    }),
    ("arithmetic rules the program out", BOUNDS, |c| {
        for covered in &mut c.cover {
            covered.end = End::Void;
        }
    }),
    ("a comparison turned round", BOUNDS, |c| {
        bound(c).arguments.reverse()
    }),
    ("a comparison of one number", BOUNDS, |c| {
        bound(c).arguments.pop();
    }),
    ("a comparison of three numbers", BOUNDS, |c| {
        let first = bound(c).arguments[0];
        bound(c).arguments.push(first);
    }),
    ("a comparison renamed", BOUNDS, |c| {
        bound(c).predicate = Predicate::Natural;
    }),
    ("a comparison resolved upon", BOUNDS, |c| {
        let (clause, at) = hypothesis(c, |p| p == Predicate::AtLeast);
        let at = u32::try_from(at).expect("few");
        c.clauses[clause].selection = Selection::Hypothesis(at);
    }),
    ("a bound more than the program has", LEAST, |c| {
        let fact = bound(c).clone();
        let turned = FactNode {
            predicate: fact.predicate,
            arguments: fact.arguments.into_iter().rev().collect(),
        };
        for clause in &mut c.clauses {
            if clause.hypotheses.iter().any(|h| h.predicate.is_number()) {
                clause.hypotheses.push(turned.clone());
            }
        }
    }),
    ("a solved clause said to be void", LEAST, |c| {
        assert!(!c.witnesses.is_empty());
        for witness in &mut c.witnesses {
            witness.by = at_once(End::Void);
        }
    }),
    ("another query about the same numbers", LEAST, |c| {
        c.query = 1
    }),
    ("a predicate's clause ruled out", LISTED, |c| {
        for end in ends(c) {
            *end = End::Void;
        }
    }),
    ("a predicate's clauses forgotten", LISTED, |c| {
        let listed = |f: &FactNode| matches!(f.predicate, Predicate::User { .. });
        let before = c.clauses.len();
        c.clauses.retain(|clause| !listed(&clause.conclusion));
        assert!(c.clauses.len() < before);
    }),
    ("a test of a predicate not selected", LISTED, |c| {
        let (clause, _) = hypothesis(c, |p| matches!(p, Predicate::User { .. }));
        c.clauses[clause].selection = Selection::Conclusion;
    }),
    ("a test of a predicate said to be open", LISTED, |c| {
        let (clause, at) = hypothesis(c, |p| matches!(p, Predicate::User { .. }));
        let fact = &mut c.clauses[clause].hypotheses[at];
        if let Predicate::User { blocking, .. } = &mut fact.predicate {
            *blocking = true;
        }
    }),
    ("an open predicate resolved upon", OPEN, |c| {
        let (clause, at) = hypothesis(c, |p| matches!(p, Predicate::User { .. }));
        let at = u32::try_from(at).expect("few");
        c.clauses[clause].selection = Selection::Hypothesis(at);
    }),
    ("an open predicate taken for granted", OPEN, |c| c.query = 1),
];

#[test]
fn forgeries_about_numbers_and_predicates_are_refused() {
    for (name, text, forge) in FORGERIES {
        let program = load(text);
        let honest = certificate(&program, 0);
        assert!(checker::check(&program, &honest).is_ok(), "{name}: honest");
        let mut forged = honest.clone();
        forge(&mut forged);
        assert_ne!(forged, honest, "{name}: nothing is forged");
        assert!(checker::check(&program, &forged).is_err(), "{name}");
    }
}

/// A proof for one program is no proof for another with other bounds, even
/// where it is made to name that program.
#[test]
fn a_proof_for_other_bounds_is_refused() {
    let program = load(BOUNDS);
    let honest = certificate(&program, 0);
    let wide = BOUNDS.replace("y > 5", "y > 1");
    let other = load(&wide);
    let mut forged = honest;
    forged.program = digest(&other);
    assert!(checker::check(&other, &forged).is_err());
}

/// What holds of an attacker that respects types is not proved of one that
/// does not.
#[test]
fn a_proof_about_types_is_refused_without_them() {
    let text = typed();
    let program = load(&text);
    let honest = certificate(&program, 0);
    assert!(checker::check(&program, &honest).is_ok());
    let free = load(TYPED);
    let mut forged = honest;
    forged.program = digest(&free);
    assert!(checker::check(&free, &forged).is_err());
}

/// Facts about one type's messages moved to another's.
#[test]
fn knowledge_of_another_type_is_refused() {
    let text = typed();
    let program = load(&text);
    let honest = certificate(&program, 0);
    let mut kinds: Vec<u32> = Vec::new();
    for clause in &honest.clauses {
        if let Predicate::Attacker(kind) = clause.conclusion.predicate {
            kinds.push(kind);
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert!(kinds.len() > 1, "one predicate per type");
    for pair in kinds.windows(2) {
        let mut forged = honest.clone();
        for clause in &mut forged.clauses {
            for fact in clause.hypotheses.iter_mut().chain([&mut clause.conclusion]) {
                if fact.predicate == Predicate::Attacker(pair[0]) {
                    fact.predicate = Predicate::Attacker(pair[1]);
                }
            }
        }
        assert!(checker::check(&program, &forged).is_err(), "{pair:?}");
    }
}

fn digest(program: &pi::Program) -> [u8; 32] {
    let files = program.sources.files();
    proof::digest(files.iter().map(|f| (f.name.as_str(), f.text.as_str())))
}
