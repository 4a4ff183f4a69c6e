//! Small models whose first query holds, one per kind of clause.

use crate::common::{certificate, load};

pub(crate) const SECRECY: &str = "free c: channel. free k: bitstring [private]. free s: bitstring [private].
    fun enc(bitstring, bitstring): bitstring.
    reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
    query attacker(s).
    process ! ( out(c, enc(s, k)) | (in(c, (x: bitstring, y: bitstring)); out(c, enc((x, y), k))) )";

pub(crate) const EVENTS: &str = "free c: channel. free k: bitstring [private].
    fun enc(bitstring, bitstring): bitstring.
    reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
    event sent(bitstring, bitstring). event other(bitstring). event got(bitstring).
    query x: bitstring, r: bitstring; event(got(x)) ==> event(sent(x, r)) || event(other(x)).
    process ! ( (in(c, x: bitstring); new r: bitstring; event sent(x, r); out(c, enc((x, r), k)))
              | (in(c, m: bitstring); let (y: bitstring, z: bitstring) = dec(m, k) in event got(y)) )";

pub(crate) const TABLES: &str = "free c: channel. table t(bitstring, bitstring).
    event put(bitstring). event got(bitstring).
    query x: bitstring; event(got(x)) ==> event(put(x)).
    process ! ( (in(c, x: bitstring); new n: bitstring; event put(x); insert t(x, n))
              | (in(c, y: bitstring); get t(=y, z) in event got(y)) )";

pub(crate) const OTHERWISE: &str =
    "free c: channel. fun h(bitstring, bitstring): bitstring. const a: bitstring.
    fun test(bitstring): bool
      reduc test(a) = true otherwise forall x: bitstring; test(x) = false.
    event other(bitstring).
    query x: bitstring; event(other(x)) ==> x <> a && (x, x) <> h(x, x).
    process in(c, x: bitstring); if test(x) = false then event other(x)";

pub(crate) const DIFFIE_HELLMAN: &str = "free c: channel. free s: bitstring [private].
    type group. type exponent. const g: group.
    fun exp(group, exponent): group. fun enc(bitstring, group): bitstring.
    reduc forall x: bitstring, y: group; dec(enc(x, y), y) = x.
    equation forall x: exponent, y: exponent; exp(exp(g, x), y) = exp(exp(g, y), x).
    query attacker(s).
    process new x: exponent; new y: exponent; out(c, exp(g, x)); out(c, exp(g, y));
            out(c, enc(s, exp(exp(g, x), y)))";

pub(crate) const PHASES: &str =
    "free c: channel. free k: bitstring [private]. free s: bitstring [private].
    fun enc(bitstring, bitstring): bitstring.
    reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
    query attacker(s) phase 0.
    process out(c, enc(s, k)); phase 1; out(c, k)";

pub(crate) const DISEQUALITY: &str = "free c: channel. fun h(bitstring, bitstring): bitstring. free a: bitstring. event e(bitstring).
    query x: bitstring; event(e(x)) ==> x <> a && (x, x) <> h(x, x).
    process in(c, x: bitstring); if x <> a then event e(x)";

pub(crate) const KNOWLEDGE: &str = "free c: channel. event e(bitstring).
    query x: bitstring; event(e(x)) ==> attacker((x, c)).
    process in(c, x: bitstring); event e(x)";

/// The first query holds, the second does not.
pub(crate) const TWO: &str =
    "free c: channel. free k: bitstring [private]. free s: bitstring [private].
    fun enc(bitstring, bitstring): bitstring.
    reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
    free p: bitstring [private].
    query attacker(s). query attacker(p).
    process out(c, enc(s, k)); out(c, p)";

pub(crate) const MODELS: [(&str, &str); 9] = [
    ("secrecy", SECRECY),
    ("events", EVENTS),
    ("tables", TABLES),
    ("otherwise", OTHERWISE),
    ("Diffie-Hellman", DIFFIE_HELLMAN),
    ("phases", PHASES),
    ("disequality", DISEQUALITY),
    ("knowledge", KNOWLEDGE),
    ("two", TWO),
];

#[test]
fn true_queries_have_accepted_certificates() {
    for (name, text) in MODELS {
        let program = load(text);
        let certificate = certificate(&program, 0);
        match checker::check(&program, &certificate) {
            Ok(checked) => {
                assert_eq!(checked.query, 0);
                assert_eq!(checked.initial, certificate.cover.len());
                assert_eq!(checked.resolvents, certificate.closure.len());
            }
            Err(refusal) => panic!("{name}: {refusal}"),
        }
    }
}
