//! Messages modulo equations, and what is refused.

mod common;

use common::{Walk, event, falsified, load};
use proof::attack::{Recipe, Step};
use semantics::{Falsification, Semantics};

const DH: &str = "free c: channel. type G. type Z. const g: G.
    fun exp(G, Z): G.
    equation forall x: Z, y: Z; exp(exp(g, x), y) = exp(exp(g, y), x).
    event same. event differ. query event(same). query event(differ).";

#[test]
fn diffie_hellman_agrees_on_both_sides() {
    let program = load(&format!(
        "{DH} process new x: Z; new y: Z;
           if exp(exp(g, x), y) = exp(exp(g, y), x) then event same else event differ"
    ));
    let walk = Walk::new(&program);
    assert_eq!(walk.events(), ["same"]);
    assert!(falsified(&walk.verdict(0, event(0))));
}

#[test]
fn diffie_hellman_only_commutes_over_the_generator() {
    let program = load(&format!(
        "{DH} free h: G. process new x: Z; new y: Z;
           if exp(exp(h, x), y) = exp(exp(h, y), x) then event same else event differ"
    ));
    assert_eq!(Walk::new(&program).events(), ["differ"]);
}

#[test]
fn a_permuted_message_is_opened_either_way() {
    let program = load(
        "free c: channel. fun f(bitstring, bitstring): bitstring. const k: bitstring.
         equation forall x: bitstring, y: bitstring; f(x, y) = f(y, x).
         reduc forall y: bitstring; un(f(k, y)) = y.
         event yes.
         process new n: bitstring; let (=n) = un(f(n, k)) in event yes",
    );
    assert_eq!(Walk::new(&program).events(), ["yes"]);
}

#[test]
fn convergent_equations_rewrite() {
    let program = load(
        "free c: channel. type k. fun senc(bitstring, k): bitstring.
         fun sdec(bitstring, k): bitstring.
         equation forall x: bitstring, y: k; sdec(senc(x, y), y) = x.
         equation forall x: bitstring, y: k; senc(sdec(x, y), y) = x.
         event back. event forth. event wrong.
         process new a: k; new b: k; new m: bitstring;
           ((if sdec(senc(m, a), a) = m then event back)
          | (if senc(sdec(m, a), a) = m then event forth)
          | (if sdec(senc(m, a), b) = m then event wrong))",
    );
    assert_eq!(Walk::new(&program).events(), ["back", "forth"]);
}

/// The equation of re-encryption permutes, and shares its symbols with decryption.
#[test]
fn what_permutes_beside_a_rule_is_a_rule() {
    let text = "free c: channel. fun enc(bitstring, bitstring): bitstring.
         fun add(bitstring, bitstring): bitstring. fun again(bitstring, bitstring): bitstring.
         fun dec(bitstring): bitstring.
         equation forall m: bitstring, x: bitstring; dec(enc(m, x)) = m.
         equation forall m: bitstring, x: bitstring, y: bitstring;
           again(enc(m, x), y) = enc(m, add(x, y)).
         event same. event differ.
         process new m: bitstring; new x: bitstring; new y: bitstring;
           ((if dec(again(enc(m, x), y)) = m then event same)
          | (if again(enc(m, x), y) = enc(m, add(y, x)) then 0 else event differ))";
    assert_eq!(Walk::new(&load(text)).events(), ["same", "differ"]);
    // Commutativity is no rule.
    let commutes = text.replace(
        "enc(m, add(x, y)).",
        "enc(m, add(x, y)).
         equation forall x: bitstring, y: bitstring; add(x, y) = add(y, x).",
    );
    assert!(Semantics::new(&load(&commutes)).is_err());
}

#[test]
fn completion_finds_consequences() {
    // f(a) = b and f(a) = d make b and d equal.
    let program = load(
        "free c: channel. const a: bitstring. const b: bitstring. const d: bitstring.
         fun f(bitstring): bitstring.
         equation f(a) = b; f(a) = d.
         event same.
         process if b = d then event same",
    );
    assert_eq!(Walk::new(&program).events(), ["same"]);
}

#[test]
fn destructors_close_under_equations() {
    // open(blind(..)) is normalised away before a destructor can see it.
    let program = load(
        "free c: channel. fun inv(bitstring): bitstring. fun box(bitstring): bitstring.
         equation forall x: bitstring; inv(inv(x)) = x.
         reduc forall x: bitstring; un(inv(x)) = x.
         event yes.
         process new m: bitstring; let (=inv(m)) = un(m) in event yes",
    );
    assert_eq!(Walk::new(&program).events(), ["yes"]);
}

#[test]
fn type_converters_are_the_identity_by_default() {
    let text = "free c: channel. type k. fun tc(k): bitstring [typeConverter].
         fun h(bitstring): bitstring. event same.
         process new a: k; in(c, x: bitstring);
           if h(x) = h(tc(a)) then event same";
    let with_output = text.replace("in(c", "out(c, a); in(c");
    let program = load(&with_output);
    let mut walk = Walk::new(&program);
    walk.output(0).expect("out");
    walk.input(0, Recipe::Output(0)).expect("in");
    assert_eq!(walk.events(), ["same"]);
    let typed = format!("set ignoreTypes = false. {with_output}");
    let program = load(&typed);
    let mut walk = Walk::new(&program);
    walk.output(0).expect("out");
    assert!(walk.input(0, Recipe::Output(0)).is_err());
    let converted = walk.apply("tc", vec![Recipe::Output(0)]);
    walk.input(0, converted).expect("well typed");
    assert_eq!(walk.events(), ["same"]);
}

#[test]
fn types_are_respected_when_asked() {
    let text = "free c: channel. type id. type nonce. free a: id. event e(nonce).
         query n: nonce; event(e(n)).
         process in(c, x: nonce); event e(x)";
    let program = load(text);
    let mut walk = Walk::new(&program);
    let a = walk.name("a");
    walk.input(0, a).expect("types are ignored");
    assert!(falsified(&walk.verdict(0, event(0))));
    let typed = format!("set ignoreTypes = false. {text}");
    let program = load(&typed);
    let mut walk = Walk::new(&program);
    let a = walk.name("a");
    assert!(walk.input(0, a).is_err());
    // Nor does a name of no type in particular help. Names of type `bool` the
    // attacker has: a boolean need not be `true` or `false`.
    walk.take(Step::Fresh {
        ty: pi::TypeId::BOOL.0,
    })
    .expect("a boolean");
    for ty in [pi::TypeId::ANY, pi::TypeId::NAT] {
        assert!(walk.take(Step::Fresh { ty: ty.0 }).is_err());
    }
    let nonce = program.types.iter().position(|t| t.name == "nonce");
    let ty = u32::try_from(nonce.expect("declared")).expect("few");
    walk.take(Step::Fresh { ty }).expect("a nonce");
    assert!(walk.input(0, Recipe::Fresh(0)).is_err());
    walk.input(0, Recipe::Fresh(1)).expect("well typed");
}

#[test]
fn a_theory_without_an_order_is_refused() {
    let program = load(
        "free c: channel. fun f(bitstring): bitstring. fun g(bitstring): bitstring.
         equation forall x: bitstring, y: bitstring; f((x, y)) = g((y, (x, x))).
         equation forall x: bitstring, y: bitstring; g((x, (y, y))) = f((f(y), f(x))).
         process 0",
    );
    let refused = Semantics::new(&program).err().map(|e| e.to_string());
    insta::assert_snapshot!(refused.unwrap_or_else(|| "accepted".into()));
}

#[test]
fn mixing_both_kinds_is_refused() {
    let program = load(
        "free c: channel. fun f(bitstring, bitstring): bitstring.
         const zero: bitstring.
         equation forall x: bitstring, y: bitstring; f(x, y) = f(y, x).
         equation forall x: bitstring; f(x, x) = zero.
         process 0",
    );
    let refused = Semantics::new(&program).expect_err("shared symbol");
    insta::assert_snapshot!(refused.to_string());
}

#[test]
fn associativity_has_finite_classes() {
    let program = load(
        "free c: channel. fun cat(bitstring, bitstring): bitstring.
         equation forall x: bitstring, y: bitstring, z: bitstring;
           cat(cat(x, y), z) = cat(x, cat(y, z)).
         event same. event differ.
         process new x: bitstring; new y: bitstring; new z: bitstring; new w: bitstring;
           ((if cat(cat(x, cat(y, z)), w) = cat(x, cat(cat(y, z), w)) then event same)
          | (if cat(x, y) = cat(y, x) then event same else event differ))",
    );
    assert_eq!(Walk::new(&program).events(), ["same", "differ"]);
}

#[test]
fn natural_numbers_count() {
    let program = load(
        "free c: channel. event yes. event no.
         process in(c, n: nat); if n + 1 > 1 then event yes else event no",
    );
    let mut walk = Walk::new(&program);
    let one = walk.apply("1", vec![]);
    walk.input(0, one).expect("a number");
    assert_eq!(walk.events(), ["yes"]);
    let mut walk = Walk::new(&program);
    let c = walk.name("c");
    // Arithmetic on a message that is no number is nothing a run may rest on.
    walk.input(0, c).expect("types are ignored");
    assert!(walk.events().is_empty());
}

#[test]
fn queries_match_modulo_the_equations() {
    let program = load(
        "free c: channel. type G. type Z. const g: G.
         fun exp(G, Z): G.
         equation forall x: Z, y: Z; exp(exp(g, x), y) = exp(exp(g, y), x).
         event a(G). event b(Z, Z).
         query x: Z, y: Z; event(b(x, y)) ==> event(a(exp(exp(g, x), y))).
         process new x: Z; new y: Z; event a(exp(exp(g, y), x)); event b(x, y)",
    );
    let walk = Walk::new(&program);
    assert_eq!(walk.verdict(0, event(1)), Falsification::Holds);
}
