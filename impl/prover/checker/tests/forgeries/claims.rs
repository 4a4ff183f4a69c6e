//! Proofs of claims with several parts: nested, injective, about moments, by
//! lemmas, under restrictions, about numbers.
//!
//! Of each model the first query holds and the others do not, though little
//! tells them apart. No change of the proof of the first, by hand or at random,
//! may make it one of another.

use crate::common::{at_once, certificate, disjunct, load, variable};
use logic::Predicate;
use pi::Program;
use proof::{End, SaturationCertificate as Certificate, Selection};
use proptest::prelude::*;
use serde_json::Value;

const NESTED: &str = "free c: channel. event a(bitstring). event b(bitstring). event e(bitstring).
    query x: bitstring; event(e(x)) ==> (event(b(x)) ==> event(a(x))).
    query x: bitstring; event(e(x)) ==> (event(a(x)) ==> event(b(x))).
    query x: bitstring; event(a(x)) ==> (event(b(x)) ==> event(e(x))).
    process ! (in(c, x: bitstring); event a(x); event b(x); event e(x))";

/// The second way to take it apart: the innermost event speaks of the premise.
const SHARED: &str = "free c: channel. event a(bitstring, bitstring). event b(bitstring).
    event e(bitstring, bitstring).
    query x: bitstring, y: bitstring; event(e(x, y)) ==> (event(b(x)) ==> event(a(x, y))).
    query x: bitstring, y: bitstring; event(e(x, y)) ==> (event(b(y)) ==> event(a(x, y))).
    process ! (new x: bitstring; in(c, y: bitstring); event a(x, y); event b(x); event e(x, y))";

const INJECTIVE: &str =
    "free c: channel. event b(bitstring). event e(bitstring). event f(bitstring).
    query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
    query x: bitstring; inj-event(f(x)) ==> inj-event(b(x)).
    query x: bitstring; inj-event(b(x)) ==> inj-event(e(x)).
    process ! (new n: bitstring; event b(n); event e(n); ! event f(n))";

const INJECTIVE_NESTED: &str = "free c: channel. event a(bitstring). event b(bitstring).
    event e(bitstring).
    query x: bitstring; inj-event(e(x)) ==> (inj-event(b(x)) ==> inj-event(a(x))).
    query x: bitstring; inj-event(e(x)) ==> (inj-event(a(x)) ==> inj-event(b(x))).
    process ! (new n: bitstring; event a(n); event b(n); event e(n))";

const MOMENTS: &str = "free c: channel. event a(bitstring). event b(bitstring).
    query x: bitstring, i: time, j: time; event(a(x))@i && event(b(x))@j ==> i < j.
    query x: bitstring, i: time, j: time; event(a(x))@i && event(b(x))@j ==> j < i.
    query x: bitstring, y: bitstring, i: time, j: time;
      event(a(x))@i && event(b(y))@j ==> i < j.
    process ! (new n: bitstring; event a(n); event b(n))";

const ONE_MOMENT: &str = "free c: channel. event a(bitstring). event b(bitstring).
    query x: bitstring, i: time, j: time; event(a(x))@i && event(a(x))@j ==> i = j.
    query x: bitstring, i: time, j: time; event(b(x))@i && event(b(x))@j ==> i = j.
    process ! (new n: bitstring; event a(n); ! event b(n))";

const LEMMA: &str = "free c: channel. free k: bitstring [private].
    fun enc(bitstring, bitstring): bitstring.
    reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
    event a(bitstring). event b(bitstring). event e(bitstring).
    lemma x: bitstring; event(b(x)) ==> event(a(x)).
    query x: bitstring; event(e(x)) ==> event(a(x)).
    query x: bitstring; event(a(x)) ==> event(b(x)).
    process ! (new n: bitstring; event a(n); out(c, enc(n, k)))
          | ! (in(c, y: bitstring); let x = dec(y, k) in event b(x); event e(x))";

const RESTRICTED: &str = "free c: channel. event a(bitstring, bitstring).
    event e(bitstring, bitstring).
    restriction x, y, z: bitstring; event(a(x, y)) && event(a(x, z)) ==> y = z.
    query x, y, z: bitstring; event(e(x, y)) && event(e(x, z)) ==> y = z.
    query x, y, z: bitstring; event(e(x, y)) && event(e(z, y)) ==> x = z.
    process ! in(c, (x: bitstring, y: bitstring)); event a(x, y); event e(x, y)";

const NUMBERS: &str = "free c: channel. event e(nat, nat).
    query x: nat, y: nat; event(e(x, y)) ==> x >= 1 && y <> x.
    query x: nat, y: nat; event(e(x, y)) ==> x >= 2 && y <> x.
    query x: nat, y: nat; event(e(x, y)) ==> y >= 1.
    process in(c, x: nat); in(c, y: nat); if x > y then event e(x, y)";

const EITHER: &str = "free c: channel. const a: bitstring. event b(bitstring).
    event e(bitstring).
    query x: bitstring; event(e(x)) ==> event(b(x)) || x = a.
    query x: bitstring; event(e(x)) ==> event(b(x)).
    query x: bitstring; event(e(x)) ==> x = a.
    process ! (in(c, x: bitstring); if x = a then event e(x) else event b(x); event e(x))";

/// Taken apart without the disjunct that fails.
const EITHER_ORDER: &str = "free c: channel. event a(bitstring). event b(bitstring).
    event e(bitstring).
    query x: bitstring;
      event(e(x)) ==> (event(b(x)) ==> event(a(x))) || (event(a(x)) ==> event(b(x))).
    query x: bitstring;
      event(e(x)) ==> (event(b(x)) ==> event(a(x))) || (event(b(x)) ==> event(e(x))).
    process ! (new x: bitstring; event b(x); event a(x); out(c, x); event e(x))";

/// What happens at one moment is one thing.
const ONE_THING: &str = "free c: channel. event a(bitstring, bitstring).
    query x, y, z: bitstring, i, j: time; event(a(x, y))@i && event(a(x, z))@j ==> y = z || i <> j.
    query x, y, z: bitstring, i, j: time; event(a(x, y))@i && event(a(x, z))@j ==> x = z || i <> j.
    query x, y, z: bitstring, i, j: time; event(a(x, y))@i && event(a(z, y))@j ==> y = z || i <> j.
    process ! (in(c, (x: bitstring, y: bitstring)); event a(x, y))";

/// Each with the query that holds; those after it do not.
const MODELS: [(&str, u32); 12] = [
    (NESTED, 0),
    (SHARED, 0),
    (INJECTIVE, 0),
    (INJECTIVE_NESTED, 0),
    (MOMENTS, 0),
    (ONE_MOMENT, 0),
    (LEMMA, 1),
    (RESTRICTED, 0),
    (NUMBERS, 0),
    (EITHER, 0),
    (EITHER_ORDER, 0),
    (ONE_THING, 0),
];

fn each(c: &mut Certificate, change: &dyn Fn(&mut Certificate)) {
    change(c);
    for part in &mut c.inner {
        each(part, change);
    }
}

/// The same proof, of another query.
fn relabelled(honest: &Certificate, query: u32) -> Certificate {
    let mut forged = honest.clone();
    each(&mut forged, &|c| {
        c.query = query;
        for clause in &mut c.clauses {
            let facts = clause.hypotheses.iter_mut();
            for fact in facts.chain([&mut clause.conclusion]) {
                if let Predicate::Goal(of) = &mut fact.predicate {
                    *of = query;
                }
            }
        }
    });
    forged
}

fn false_queries(program: &Program, first: u32) -> std::ops::Range<u32> {
    first + 1..u32::try_from(program.queries.len()).expect("few queries")
}

#[test]
fn the_first_holds_and_its_proof_is_no_proof_of_the_others() {
    for (text, first) in MODELS {
        let program = load(text);
        let honest = certificate(&program, first);
        if let Err(refusal) = checker::check(&program, &honest) {
            panic!("{refusal}\n{text}");
        }
        for query in false_queries(&program, first) {
            let forged = relabelled(&honest, query);
            assert!(
                checker::check(&program, &forged).is_err(),
                "{query} of {text}"
            );
        }
    }
}

/// Argument of the first hypothesis with an occurrence, and of another one.
fn occurrences(c: &Certificate) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (clause, certified) in c.clauses.iter().enumerate() {
        for (at, fact) in certified.hypotheses.iter().enumerate() {
            if matches!(fact.predicate, Predicate::BeginAt(_)) {
                found.push((clause, at));
            }
        }
    }
    assert!(!found.is_empty(), "the query is injective");
    found
}

fn void(c: &mut Certificate) {
    for witness in &mut c.witnesses {
        witness.by = at_once(End::Void);
    }
}

type Forgery = (&'static str, &'static str, u32, fn(&mut Certificate));

const FORGERIES: [Forgery; 32] = [
    ("nested: no inner part", NESTED, 0, |c| c.inner.clear()),
    ("nested: the inner part twice", NESTED, 0, |c| {
        c.inner.push(c.inner[0].clone());
    }),
    ("nested: the outer part for the inner one", NESTED, 0, |c| {
        let mut whole = c.clone();
        whole.inner.clear();
        c.inner[0] = whole;
    }),
    ("nested: the outer part renumbered", NESTED, 0, |c| {
        let mut whole = c.clone();
        whole.inner.clear();
        whole.part = 1;
        c.inner[0] = whole;
    }),
    ("nested: the inner part is the outer one", NESTED, 0, |c| {
        let mut inner = c.inner.remove(0);
        inner.part = 0;
        inner.inner = vec![c.clone()];
        *c = inner;
    }),
    ("nested: a part in a part", NESTED, 0, |c| {
        let inner = c.inner[0].clone();
        c.inner[0].inner.push(inner);
    }),
    ("nested: a part of another query", NESTED, 0, |c| {
        c.inner[0].query = 1
    }),
    ("nested: a part of another program", NESTED, 0, |c| {
        c.inner[0].program[0] ^= 1
    }),
    ("nested: a part without a cover", NESTED, 0, |c| {
        c.inner[0].cover.clear()
    }),
    ("nested: a part without witnesses", NESTED, 0, |c| {
        c.inner[0].witnesses.clear()
    }),
    ("nested: a part that is void", NESTED, 0, |c| {
        void(&mut c.inner[0])
    }),
    ("shared: the last part missing", SHARED, 0, |c| {
        c.inner.pop();
    }),
    ("shared: parts in another order", SHARED, 0, |c| {
        c.inner.reverse()
    }),
    ("shared: renumbered from one", SHARED, 0, |c| {
        // All parts but the first may be those of either way, none of both.
        for (number, part) in (7..).zip(&mut c.inner) {
            part.part = number;
        }
    }),
    ("injective: without occurrences", INJECTIVE, 0, |c| {
        for (clause, at) in occurrences(c) {
            c.clauses[clause].hypotheses[at].arguments.pop();
        }
    }),
    ("injective: an occurrence that is any", INJECTIVE, 0, |c| {
        let any = variable(c, 7_000);
        for (clause, at) in occurrences(c) {
            *c.clauses[clause].hypotheses[at]
                .arguments
                .last_mut()
                .expect("one") = any;
        }
    }),
    ("injective: as if it were not", INJECTIVE, 0, |c| {
        for (clause, at) in occurrences(c) {
            let fact = &mut c.clauses[clause].hypotheses[at];
            if let Predicate::BeginAt(event) = fact.predicate {
                fact.predicate = Predicate::Begin(event);
                fact.arguments.pop();
            }
        }
    }),
    ("injective: met before it is compared", INJECTIVE, 0, |c| {
        c.cover.last_mut().expect("the goal").end = End::Void;
    }),
    ("injective: an occurrence selected", INJECTIVE, 0, |c| {
        let (clause, at) = occurrences(c)[0];
        c.clauses[clause].selection = Selection::Hypothesis(u32::try_from(at).expect("few"));
    }),
    (
        "injective and nested: without the inner part",
        INJECTIVE_NESTED,
        0,
        |c| c.inner.clear(),
    ),
    ("moments: a part missing", MOMENTS, 0, |c| {
        c.inner.remove(0);
    }),
    (
        "moments: one execution said to be void",
        ONE_MOMENT,
        0,
        void,
    ),
    ("lemma: its proof is void", LEMMA, 1, |c| {
        void(&mut c.lemmas[0])
    }),
    ("lemma: its proof has a lemma", LEMMA, 1, |c| {
        let lemma = c.lemmas[0].clone();
        c.lemmas[0].lemmas.push(lemma);
    }),
    (
        "restriction: solved clauses said to be void",
        RESTRICTED,
        0,
        void,
    ),
    ("numbers: the bound said to be void", NUMBERS, 0, void),
    (
        "either order: a part of the other way missing",
        EITHER_ORDER,
        0,
        |c| {
            c.inner.pop();
        },
    ),
    ("either order: a part of each way", EITHER_ORDER, 0, |c| {
        c.inner[0].part = 1;
    }),
    ("either order: without the first", EITHER_ORDER, 0, |c| {
        let first = c.inner.remove(0);
        c.inner.push(first);
    }),
    ("one thing: said to be void", ONE_THING, 0, void),
    ("one thing: what happens is forgotten", ONE_THING, 0, |c| {
        for clause in &mut c.clauses {
            clause
                .hypotheses
                .retain(|f| !matches!(f.predicate, Predicate::BeginAt(_)));
        }
    }),
    (
        "either: the goal met by the equality at once",
        EITHER,
        0,
        |c| {
            for witness in &mut c.witnesses {
                witness.by = disjunct(1);
            }
        },
    ),
];

#[test]
fn forged_parts_are_refused() {
    for (name, text, query, forge) in FORGERIES {
        let program = load(text);
        let honest = certificate(&program, query);
        let mut forged = honest.clone();
        forge(&mut forged);
        assert_ne!(forged, honest, "{name}: nothing is forged");
        assert!(checker::check(&program, &forged).is_err(), "{name}");
    }
}

/// What the clauses speak of is the certificate's to say; that it is enough for the
/// query, and for the statements its proof may use, is not.
#[test]
fn a_scope_that_says_too_little_is_refused() {
    let knowledge = crate::models::KNOWLEDGE;
    let mut narrowed = 0;
    for (text, query) in MODELS.into_iter().chain([(knowledge, 0)]) {
        let program = load(text);
        let honest = certificate(&program, query);
        let changes: [fn(&mut proof::Scope); 5] = [
            |s| s.begins.clear(),
            |s| s.begins_at.clear(),
            |s| s.ends.clear(),
            |s| s.ends_at.clear(),
            |s| s.message_form = false,
        ];
        for change in changes {
            let mut forged = honest.clone();
            each(&mut forged, &|c| change(&mut c.scope));
            if forged == honest {
                continue;
            }
            narrowed += 1;
            let result = checker::check(&program, &forged);
            assert!(result.is_err(), "{:?} of {text}", forged.scope);
        }
    }
    assert!(narrowed > 20, "{narrowed}");
}

/// A proof of what the restriction makes true, without the restriction; of what
/// happens once, where it happens twice; and so on.
#[test]
fn proofs_of_other_programs_are_refused() {
    let changed: [(&str, u32, &str, &str); 6] = [
        (
            RESTRICTED,
            0,
            "==> y = z.\n    query",
            "==> x = x || y = z.\n    query",
        ),
        (
            INJECTIVE,
            0,
            "event e(n); ! event f(n)",
            "! event e(n); ! event f(n)",
        ),
        (
            ONE_MOMENT,
            0,
            "event a(n); ! event b(n)",
            "! event a(n); ! event b(n)",
        ),
        (
            MOMENTS,
            0,
            "event a(n); event b(n)",
            "event b(n); event a(n)",
        ),
        (NUMBERS, 0, "if x > y", "if x >= y"),
        (LEMMA, 1, "event a(n); out", "event b(n); out"),
    ];
    for (text, query, old, new) in changed {
        let honest = certificate(&load(text), query);
        assert!(text.contains(old), "{old}");
        let other = load(&text.replacen(old, new, 1));
        let files = other.sources.files();
        let digest = proof::digest(files.iter().map(|f| (f.name.as_str(), f.text.as_str())));
        let mut forged = honest;
        each(&mut forged, &|c| {
            c.program = digest;
            for lemma in &mut c.lemmas {
                lemma.program = digest;
            }
        });
        assert!(checker::check(&other, &forged).is_err(), "{new}");
    }
}

/// One change at a place that the path chooses: a number becomes another one, an
/// element of a list goes, comes twice or changes places, a case another case.
fn mutate(value: &mut Value, path: &mut impl Iterator<Item = u32>, number: u32) {
    let step = path.next().unwrap_or(0) as usize;
    match value {
        Value::Array(items) if !items.is_empty() => {
            let at = step % items.len();
            match path.next().unwrap_or(0) % 12 {
                0 => {
                    items.remove(at);
                }
                1 => items.push(items[at].clone()),
                2 => items.swap(0, at),
                3 => {
                    let other = items[number as usize % items.len()].clone();
                    items[at] = other;
                }
                _ => mutate(&mut items[at], path, number),
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            let at = step % fields.len();
            if let Some((_, field)) = fields.iter_mut().nth(at) {
                mutate(field, path, number);
            }
        }
        Value::Number(_) => *value = Value::from(number),
        Value::Bool(flag) => *flag = !*flag,
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// Any field of any part, changed up to three times: the false stays
    /// unproved, and what is accepted claims what was asked.
    #[test]
    fn no_change_of_any_field_proves_what_is_false(
        model in 0..MODELS.len(),
        chosen in any::<u32>(),
        changes in prop::collection::vec((prop::collection::vec(any::<u32>(), 14), 0_u32..40), 0..4),
    ) {
        let (text, first) = MODELS[model];
        let program = load(text);
        let others = false_queries(&program, first);
        let query = others.start + chosen % (others.end - others.start);
        let honest = certificate(&program, first);
        for (forged, is_true) in [(relabelled(&honest, query), false), (honest.clone(), true)] {
            let mut value = serde_json::to_value(&forged).expect("certificates are data");
            for (path, number) in &changes {
                mutate(&mut value, &mut path.iter().copied(), *number);
            }
            let Ok(mutant) = serde_json::from_value::<Certificate>(value) else {
                continue;
            };
            if let Ok(checked) = checker::check(&program, &mutant) {
                prop_assert!(is_true && checked.query == first, "query {}", checked.query);
            }
        }
    }
}
