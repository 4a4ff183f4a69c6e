//! Proofs of programs whose events say more, and of runs in which all messages are
//! heard: what they prove, and that they prove nothing else.

use checker::Refusal;
use pi::Program;
use proof::SaturationCertificate;
use verdict::{Limits, Session, Verdict};

fn load(text: &str) -> Program {
    let mut sources = pi::Sources::default();
    sources.add("model.pv", text);
    pi::load(sources).program.expect("a model without errors")
}

fn certificate(program: &Program, query: u32) -> SaturationCertificate {
    let mut session = Session::new();
    let answer = verdict::prove(program, query, &mut session, Limits::default(), &mut |_| {});
    let Verdict::Proved(certificate) = answer.expect("supported").verdict else {
        panic!("query {query} is not proved");
    };
    let checked = checker::check(program, &certificate).expect("an honest certificate");
    assert_eq!(checked.query, query);
    *certificate
}

/// The middle event does not say which of its copies it belongs to.
const NESTED: &str = "free c: channel.
    event first(bitstring, bitstring). event middle(bitstring). event last(bitstring, bitstring).
    query x, y: bitstring; inj-event(last(x, y)) ==> (inj-event(middle(x)) ==> inj-event(first(x, y))).
    query x: bitstring; event(middle(x)) ==> event(middle(x)).
    process ! (in(c, x: bitstring); new y: bitstring; new z: bitstring;
      event first(x, y); event middle(x); event last(x, y))";

#[test]
fn what_is_carried_is_named_by_the_certificate() {
    let program = load(NESTED);
    let honest = certificate(&program, 0);
    assert_eq!(honest.carried, Some(0));
    let refusal = |carried| {
        let mut forged = honest.clone();
        forged.carried = carried;
        checker::check(&program, &forged).expect_err("of another program")
    };
    assert_eq!(refusal(Some(9)), Refusal::NotCarried(9));
    for other in [None, Some(1)] {
        assert!(!matches!(refusal(other), Refusal::NotCarried(_)));
    }
}

#[test]
fn a_plain_query_carries_nothing() {
    let program = load(NESTED);
    assert!(horn::carried(&program, 1).is_empty());
    assert!(horn::carried(&program, 7).is_empty());
    let mut forged = certificate(&program, 1);
    forged.carried = Some(0);
    let refusal = checker::check(&program, &forged).expect_err("there is no such program");
    assert_eq!(refusal, Refusal::NotCarried(0));
}

/// What is carried is any variable that has a value there, and no other.
#[test]
fn events_carry_what_has_a_value() {
    let program = load(NESTED);
    let programs = horn::carried(&program, 0);
    let shown = programs.iter().map(|p| pi::print::process(p, &p.process));
    let shown: Vec<String> = shown.collect();
    let said: Vec<&str> = shown
        .iter()
        .flat_map(|text| text.lines().filter(|line| line.contains("event middle(")))
        .collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said.iter().any(|line| line.contains(", z)")), "{said:?}");
    for line in said {
        assert!([", y)", ", z)", ", x)"].iter().any(|v| line.contains(v)));
    }
}

/// A lemma about the attacker, a query about events, and one about the attacker.
const HEARD: &str = "free c: channel. free s: bitstring [private]. free t: bitstring [private].
    fun h(bitstring): bitstring. event told(bitstring). event asked.
    lemma attacker(s) ==> event(asked).
    query event(told(h(s))) ==> event(asked).
    query event(told(h(t))) ==> attacker(t).
    process (in(c, =c); event asked; out(c, s)) | (in(c, x: bitstring); if x = s then event told(h(s)))
      | out(c, t) | (in(c, =t); event told(h(t)))";

#[test]
fn messages_are_heard_where_only_lemmas_ask() {
    let program = load(HEARD);
    let honest = certificate(&program, 1);
    assert!(honest.scope.message_form && honest.scope.heard);
    let mut session = Session::new();
    let answer = verdict::prove(&program, 2, &mut session, Limits::default(), &mut |_| {});
    // A copy may hear of it from another one.
    assert!(!matches!(
        answer.expect("supported").verdict,
        Verdict::Proved(_)
    ));
    let options = horn::options(&program, 2);
    assert!(options.message_form && !options.heard);
    // A translation that hears everything does not serve a query that asks who has.
    assert!(!horn::options(&program, 1).cover(&options));
    assert!(options.cover(&horn::options(&program, 1)));
    let mut forged = honest;
    forged.query = 2;
    forged.lemmas.clear();
    let refusal = checker::check(&program, &forged).expect_err("made for less");
    assert!(matches!(refusal, Refusal::Untranslatable(_)), "{refusal}");
}

/// What is taken for granted may hold of a run and not of the one in which the attacker
/// hears more.
#[test]
fn axioms_and_restrictions_are_not_heard() {
    for kind in ["axiom", "restriction"] {
        let text = HEARD.replace("lemma", kind);
        let program = load(&text);
        let options = horn::options(&program, 0);
        assert!(options.message_form && !options.heard, "{kind}");
    }
}
