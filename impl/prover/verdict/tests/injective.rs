//! Injective and nested correspondences: one model per idea, with the answer that the
//! definition asks for (every proof is checked, every attack replayed).

use checker::{Place, Reason, Refusal};
use proof::{End, Justification, Same, SaturationCertificate, Way};
use verdict::{Limits, Session, Verdict};

const DECLARATIONS: &str = "
    free c: channel. free d: channel [private].
    free a: bitstring. free k0: bitstring [private].
    type key. free k: key [private].
    fun enc(bitstring,key): bitstring.
    reduc forall x: bitstring, k: key; dec(enc(x,k),k) = x.
    fun h(bitstring): bitstring.
    table tb(bitstring).
    event b(bitstring). event e(bitstring). event e2(bitstring,bitstring). event f(bitstring). event g(bitstring).
";

#[derive(Debug, PartialEq, Eq)]
enum Word {
    Attacked,
    Proved,
    Undecided,
}

fn prove(model: &str) -> (pi::Program, Verdict) {
    let mut sources = pi::Sources::default();
    sources.add("model.pv", format!("{DECLARATIONS}{model}"));
    let loaded = pi::load(sources);
    let program = loaded
        .program
        .unwrap_or_else(|| panic!("{model}: {:?}", loaded.diagnostics));
    let mut session = Session::new();
    let limits = Limits {
        clauses: 2_000,
        resolutions: 20_000,
        ..Limits::default()
    };
    let answer = verdict::prove(&program, 0, &mut session, limits, &mut |_| {})
        .unwrap_or_else(|refused| panic!("{model}: {refused:?}"));
    (program, answer.verdict)
}

fn proof(model: &str) -> (pi::Program, SaturationCertificate) {
    match prove(model) {
        (program, Verdict::Proved(certificate)) => (program, *certificate),
        (_, other) => panic!("{model}: {other:?}"),
    }
}

fn answer(model: &str) -> Word {
    let (program, verdict) = prove(model);
    match verdict {
        Verdict::Attacked(_) => Word::Attacked,
        Verdict::Proved(certificate) => {
            let checked = checker::check(&program, &certificate);
            assert!(checked.is_ok(), "{model}: {checked:?}");
            Word::Proved
        }
        Verdict::Undecided(_) | Verdict::Stopped(_) => Word::Undecided,
    }
}

fn check(model: &str, expected: Word) {
    assert_eq!(answer(model), expected, "{model}");
}

#[test]
fn own_nonce() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(new n:bitstring; event b(n); event e(n))",
        Word::Proved,
    );
}

#[test]
fn replay() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(new n:bitstring; event b(n); out(c,enc(n,k))) | !(in(c,y:bitstring); let x=dec(y,k) in event e(x))",
        Word::Attacked,
    );
}

#[test]
fn single_end() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(new n:bitstring; event b(n); out(c,enc(n,k))) | (in(c,y:bitstring); let x=dec(y,k) in event e(x))",
        Word::Proved,
    );
}

#[test]
fn same_session() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(in(c,x:bitstring); event b(x); event e(x))",
        Word::Proved,
    );
}

#[test]
fn exclusive_branches_after_an_input() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(in(c,x:bitstring); event b(x); (in(c,z:bitstring); if z = a then event e(x) else event e(x)))",
        Word::Proved,
    );
}

#[test]
fn parallel_ends() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(in(c,x:bitstring); event b(x); ((in(c,z:bitstring); event e(x)) | (in(c,z:bitstring); event e(x))))",
        Word::Attacked,
    );
}

#[test]
fn two_begins_two_ends() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(in(c,x:bitstring); event b(x); event b(x); ((in(c,z:bitstring); event e(x)) | (in(c,z:bitstring); event e(x))))",
        Word::Proved,
    );
}

#[test]
fn replicated_end() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(in(c,x:bitstring); event b(x); (!in(c,z:bitstring); event e(x)))",
        Word::Attacked,
    );
}

#[test]
fn plain_disjunct_needs_no_pairing() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)) || event(f(x)).
         process !(in(c,x:bitstring); event b(x); (!in(c,z:bitstring); event f(x); event e(x)))",
        Word::Proved,
    );
}

#[test]
fn each_disjunct_has_its_own_events() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)) || inj-event(f(x)).
         process !(in(c,x:bitstring); event b(x); event f(x); (event e(x) | event e(x)))",
        Word::Proved,
    );
}

#[test]
fn two_injective_events() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)) && inj-event(f(x)).
         process !(in(c,x:bitstring); event b(x); event f(x); event e(x))",
        Word::Proved,
    );
}

#[test]
fn second_event_is_per_end() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)) && inj-event(f(x)).
         process !(in(c,x:bitstring); event b(x); !(event f(x); event e(x)))",
        Word::Attacked,
    );
}

#[test]
fn two_injective_premises() {
    check(
        "query x: bitstring,y:bitstring; inj-event(e(x)) && inj-event(g(y)) ==> inj-event(b(x)).
         process !(in(c,x:bitstring); event b(x); event e(x)) | (event g(a))",
        Word::Proved,
    );
}

#[test]
fn other_premise_not_injective() {
    check(
        "query x: bitstring,y:bitstring; inj-event(e(x)) && event(g(y)) ==> inj-event(b(x)).
         process !(in(c,x:bitstring); event b(x); event e(x)) | !(event g(a))",
        Word::Proved,
    );
}

#[test]
fn other_premise_repeats() {
    check(
        "query x: bitstring,y:bitstring; inj-event(e(x)) && inj-event(g(y)) ==> inj-event(b(x)).
         process !(in(c,x:bitstring); event b(x); event e(x)) | !(event g(a))",
        Word::Attacked,
    );
}

#[test]
fn private_channel() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(new n:bitstring; event b(n); out(d,n)) | !(in(d,x:bitstring); event e(x))",
        Word::Undecided,
    );
}

#[test]
fn nonce_not_checked() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(new n:bitstring; event b(n); out(c,enc(n,k)); in(c,y:bitstring); if dec(y,k)=h(n) then 0) | !(new r:bitstring; out(c,r); in(c,y:bitstring); let x=dec(y,k) in event e(x))",
        Word::Attacked,
    );
}

#[test]
fn nonce_checked() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(new n:bitstring; out(c,n); in(c,y:bitstring); let (=n,x:bitstring)=dec(y,k) in event e(x)) | !(in(c,n:bitstring); new m:bitstring; event b(m); out(c,enc((n,m),k)))",
        Word::Proved,
    );
}

#[test]
fn equal_arguments_nonce_checked() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(new n:bitstring; out(c,n); in(c,y:bitstring); let (=n,x:bitstring)=dec(y,k) in event e(x)) | !(in(c,n:bitstring); event b(a); out(c,enc((n,a),k)))",
        Word::Proved,
    );
}

#[test]
fn two_answers_to_different_nonces() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(new n:bitstring; out(c,n); in(c,y:bitstring); let (=n,x:bitstring)=dec(y,k) in event e(x)) | !(in(c,n:bitstring); event b(a); out(c,enc((n,a),k)); out(c,enc((h(n),a),k)))",
        Word::Proved,
    );
}

#[test]
fn event_meets_itself() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(e(x)).
         process !(in(c,x:bitstring); event e(x))",
        Word::Proved,
    );
}

#[test]
fn equality_disjunct() {
    check(
        "query x: bitstring, y:bitstring; inj-event(e2(x,y)) ==> inj-event(b(x)) || y = a.
         process !(in(c,x:bitstring); event b(x); (event e2(x,a) | event e2(x,k0)))",
        Word::Proved,
    );
}

#[test]
fn event_in_two_disjuncts() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> (inj-event(b(x)) && event(f(x))) || (inj-event(b(x)) && event(g(x))).
         process !(in(c,x:bitstring); event b(x); event f(x); event g(x); event e(x))",
        Word::Proved,
    );
}

#[test]
fn distributed_event_is_one() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)) && (event(f(x)) || event(g(x))).
         process !(in(c,x:bitstring); event b(x); ((event f(x); event e(x)) | (event g(x); event e(x))))",
        Word::Attacked,
    );
}

#[test]
fn macro_twice() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         let P(x:bitstring) = event b(x); event e(x).
         process !(in(c,x:bitstring); (P(x) | P(x)))",
        Word::Proved,
    );
}

#[test]
fn event_in_a_term() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         letfun F(x:bitstring) = event b(x); x.
         process !(in(c,x:bitstring); let y = F(x) in event e(y))",
        Word::Proved,
    );
}

#[test]
fn more_ends_than_begins() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         letfun F(x:bitstring) = event b(x); x.
         process !(in(c,x:bitstring); let y = F(x) in event e(y); let z = F(x) in event e(x); event e(x))",
        Word::Attacked,
    );
}

#[test]
fn own_entry() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(in(c,x:bitstring); event b(x); insert tb(x); get tb(=x) in event e(x))",
        Word::Proved,
    );
}

#[test]
fn any_entry() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(in(c,x:bitstring); event b(x); insert tb(x); get tb(z) in event e(z))",
        Word::Attacked,
    );
}

#[test]
fn exclusive_by_value() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
         process !(in(c,x:bitstring); in(c,y:bitstring); event b(x); if y = a then event e(x) else if y = h(a) then event e(x) else 0)",
        Word::Proved,
    );
}

#[test]
fn existential_argument() {
    check(
        "query x: bitstring, y:bitstring; inj-event(e(x)) ==> inj-event(e2(x,y)).
         process !(in(c,x:bitstring); !(new m:bitstring; event e2(x,m); out(c,enc((x,m),k)))) | !(in(c,z:bitstring); let (x:bitstring,m:bitstring)=dec(z,k) in event e(x))",
        Word::Attacked,
    );
}

#[test]
fn nested_injective() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> (inj-event(b(x)) ==> inj-event(f(x))).
         process !(in(c,x:bitstring); event f(x); event b(x); event e(x))",
        Word::Proved,
    );
}

#[test]
fn nested_injective_fails() {
    check(
        "query x: bitstring; inj-event(e(x)) ==> (inj-event(b(x)) ==> inj-event(f(x))).
         process !(in(c,x:bitstring); event f(x); !(event b(x); event e(x)))",
        Word::Attacked,
    );
}

#[test]
fn nested() {
    check(
        "query x: bitstring; event(e(x)) ==> (event(b(x)) ==> event(f(x))).
         process !(in(c,x:bitstring); event f(x); event b(x); event e(x))",
        Word::Proved,
    );
}

#[test]
fn nested_order() {
    check(
        "query x: bitstring; event(e(x)) ==> (event(b(x)) ==> event(f(x))).
         process !(in(c,x:bitstring); event b(x); event f(x); event e(x))",
        Word::Attacked,
    );
}

#[test]
fn nested_disjunction_and_more() {
    check(
        "query x: bitstring; event(e(x)) ==> (event(b(x)) ==> event(f(x)) || event(g(x))) && event(f(x)).
         process !(in(c,x:bitstring); event f(x); event b(x); event e(x))",
        Word::Proved,
    );
}

#[test]
fn nested_twice() {
    check(
        "query x: bitstring; event(e(x)) ==> (event(b(x)) ==> (event(f(x)) ==> event(g(x)))).
         process !(in(c,x:bitstring); event g(x); event f(x); event b(x); event e(x))",
        Word::Proved,
    );
}

#[test]
fn nested_in_a_disjunct() {
    check(
        "query x: bitstring; event(e(x)) ==> (event(b(x)) ==> event(f(x))) || event(g(x)).
         process !(in(c,x:bitstring); event f(x); event b(x); event e(x)) | !(in(c,x:bitstring); event g(x); event e(x))",
        Word::Proved,
    );
}

const TWO_OF_EACH: &str = "query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
    process event b(a); event b(a); event e(a); event e(a)";

/// Two ends may not choose one begin event: with the choices of any two
/// witnesses made the same, the checker refuses.
#[test]
fn a_shared_begin_is_refused() {
    let (program, certificate) = proof(TWO_OF_EACH);
    assert!(checker::check(&program, &certificate).is_ok());
    assert_eq!(certificate.witnesses.len(), 2);
    for (from, to) in [(0, 1), (1, 0)] {
        let mut forged = certificate.clone();
        let by = forged.witnesses[from].by.clone();
        forged.witnesses[to].by = by;
        let refused = checker::check(&program, &forged);
        assert!(
            matches!(
                refused,
                Err(Refusal::Unjustified {
                    place: Place::Pair(_),
                    ..
                })
            ),
            "{refused:?}"
        );
        // Whatever is said of it.
        for end in [End::Leaf(Same), End::Void, End::Cases(Vec::new())] {
            let steps = Vec::new();
            let by = Justification { steps, end };
            forged.pairs = vec![by; 3];
            let refused = checker::check(&program, &forged);
            assert!(
                matches!(
                    refused,
                    Err(Refusal::Unjustified {
                        place: Place::Pair(_),
                        reason: Reason::NotInjective | Reason::ConstraintHolds | Reason::Entries,
                    })
                ),
                "{refused:?}"
            );
        }
    }
}

/// A clause that meets an injective event may not be left out instead of kept.
#[test]
fn pruning_by_an_injective_event_is_refused() {
    let (program, certificate) = proof(TWO_OF_EACH);
    for i in 0..certificate.witnesses.len() {
        let mut forged = certificate.clone();
        let gone = forged.witnesses.remove(i).clause;
        forged.clauses[gone as usize].selection = proof::Selection::Hypothesis(0);
        let refused = checker::check(&program, &forged);
        assert!(matches!(refused, Err(Refusal::Malformed(_))), "{refused:?}");
        let mut forged = certificate.clone();
        for resolvent in &mut forged.closure {
            if matches!(&resolvent.by.end, End::Leaf(ways)
                if matches!(ways.as_slice(), [Way::Clause { by, .. }] if *by == gone))
            {
                resolvent.by.end = End::Void;
            }
        }
        assert_ne!(forged, certificate);
        let refused = checker::check(&program, &forged);
        assert!(
            matches!(
                refused,
                Err(Refusal::Unjustified {
                    reason: Reason::ConstraintHolds,
                    ..
                })
            ),
            "{refused:?}"
        );
    }
}

/// Every part of a nested query is due, in order.
#[test]
fn a_missing_part_is_refused() {
    let (program, certificate) = proof(
        "query x: bitstring; event(e(x)) ==> (event(b(x)) ==> (event(f(x)) ==> event(g(x)))).
         process !(in(c,x:bitstring); event g(x); event f(x); event b(x); event e(x))",
    );
    assert_eq!(certificate.inner.len(), 2);
    let mut short = certificate.clone();
    short.inner.pop();
    let mut turned = certificate.clone();
    turned.inner.reverse();
    let mut long = certificate.clone();
    long.inner.push(certificate.inner[1].clone());
    let mut other = certificate.clone();
    other.inner[0].part = 0;
    for forged in [short, turned, long, other, certificate.inner[0].clone()] {
        let refused = checker::check(&program, &forged);
        assert!(
            matches!(refused, Err(Refusal::OtherPart(..))),
            "{refused:?}"
        );
    }
}
