//! Certificates of several queries that rest on one saturation: what one checker
//! goes over once is as sure as what is gone over each time.

use crate::common::{certificate, composed, load, tautology};
use checker::Checker;
use proof::Selection;

/// Three queries that share the `begin` facts of the first.
const SHARING: &str = "free c: channel. free k: bitstring [private].
    event b(bitstring). event d(bitstring). event e(bitstring). event f(bitstring).
    fun enc(bitstring, bitstring): bitstring.
    reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
    query x: bitstring; event(e(x)) ==> event(b(x)) && event(d(x)).
    query x: bitstring; event(f(x)) ==> event(b(x)).
    query attacker(k).
    process new n: bitstring; event b(n); event d(n); out(c, enc(n, k));
        in(c, y: bitstring); let z = dec(y, k) in event e(z); event f(z)";

#[test]
fn what_is_shared_is_checked_once_and_counts_each_time() {
    let program = load(SHARING);
    let certificates = [0, 1, 2].map(|query| certificate(&program, query));
    let scopes = certificates.each_ref().map(|c| &c.scope);
    assert!(scopes.iter().all(|s| *s == scopes[0]), "{scopes:?}");
    let mut checker = Checker::new(&program);
    for _ in 0..2 {
        for certificate in &certificates {
            let alone = checker::check(&program, certificate);
            assert!(alone.is_ok(), "{alone:?}");
            assert_eq!(checker.check(certificate), alone);
        }
    }
}

#[test]
fn what_was_checked_covers_nothing_else() {
    let program = load(SHARING);
    let honest = certificate(&program, 0);
    let other = certificate(&program, 1);
    let mut checker = Checker::new(&program);
    assert!(checker.check(&honest).is_ok());
    // Each change is in what both have in common.
    for index in 0..other.closure.len() {
        let mut forged = other.clone();
        forged.closure[index].by.steps.clear();
        forged.closure[index].by.end = tautology();
        let alone = checker::check(&program, &forged);
        assert_eq!(checker.check(&forged), alone, "resolvent {index}");
    }
    for index in 0..other.cover.len() {
        let mut forged = other.clone();
        forged.cover[index].end = composed(0);
        let alone = checker::check(&program, &forged);
        assert_eq!(checker.check(&forged), alone, "initial clause {index}");
    }
    for index in 0..other.clauses.len() {
        let mut forged = other.clone();
        forged.clauses[index].selection = Selection::Conclusion;
        let alone = checker::check(&program, &forged);
        assert_eq!(checker.check(&forged), alone, "clause {index}");
        let mut forged = other.clone();
        forged.clauses[index].hypotheses.clear();
        let alone = checker::check(&program, &forged);
        assert_eq!(checker.check(&forged), alone, "clause {index}");
    }
    assert!(checker.check(&other).is_ok());
}

/// A goal among the hypotheses of what looks like the common part would have
/// resolvents with the clauses of another query.
#[test]
fn a_goal_that_is_asked_for_is_not_common() {
    let program = load(SHARING);
    let honest = certificate(&program, 0);
    let goal = honest.clauses.iter().rev().find_map(|c| {
        matches!(c.conclusion.predicate, logic::Predicate::Goal(_)).then(|| c.conclusion.clone())
    });
    let goal = goal.expect("the goal's clauses come last");
    let mut forged = honest.clone();
    for clause in &mut forged.clauses {
        clause.hypotheses.push(goal.clone());
    }
    let mut checker = Checker::new(&program);
    let alone = checker::check(&program, &forged);
    assert!(alone.is_err());
    assert_eq!(checker.check(&forged), alone);
    assert_eq!(checker.check(&honest), checker::check(&program, &honest));
}
