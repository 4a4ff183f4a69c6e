//! Injective proofs that rest on a restriction, handed in where it says something else.

use crate::common::{certificate, load};
use checker::{Place, Reason, Refusal};

/// A ticket is accepted once, because its acceptance has a name of its own, and the
/// restriction says that there is one name for each ticket.
pub(crate) fn model(restriction: &str) -> String {
    format!(
        "free c: channel. free k: bitstring [private].
        fun enc(bitstring, bitstring): bitstring.
        reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
        event issued(bitstring). event used(bitstring, bitstring).
        event accepted(bitstring).
        {restriction}
        query x: bitstring; inj-event(accepted(x)) ==> inj-event(issued(x)).
        process ! (new x: bitstring; event issued(x); out(c, enc(x, k)))
              | ! (in(c, y: bitstring); let x = dec(y, k) in
                   new n: bitstring; event used(x, n); event accepted(x))"
    )
}

pub(crate) const ONCE: &str =
    "restriction x, y, z: bitstring; event(used(x, y)) && event(used(x, z)) ==> y = z.";

/// What says less than [`ONCE`] does.
const OTHERS: [&str; 5] = [
    "restriction x, y, z: bitstring; event(used(x, y)) && event(used(x, z)) ==> y = y.",
    "restriction x, y, z: bitstring; event(used(x, y)) && event(used(x, z)) ==> y <> x.",
    "restriction x, y, z: bitstring; event(used(x, y)) && event(used(z, y)) ==> x = z.",
    "restriction x, y, z: bitstring; event(used(x, y)) && event(used(y, z)) ==> y = z.",
    "restriction x, y, z: bitstring; event(used(x, y)) && event(used(x, z)) ==> y = z || x <> k.",
];

#[test]
fn a_restriction_separates_two_executions() {
    let program = load(&model(ONCE));
    let _ = checker::check(&program, &certificate(&program, 0)).expect("the proof stands");
}

#[test]
fn it_may_leave_several_cases_that_all_do() {
    let two = "restriction x, y, z: bitstring; event(used(x, y)) && event(used(x, z)) \
               ==> y = z || (x = k && z = x).";
    let program = load(&model(two));
    let _ = checker::check(&program, &certificate(&program, 0)).expect("the proof stands");
}

#[test]
fn a_weaker_one_does_not() {
    let proof = certificate(&load(&model(ONCE)), 0);
    for other in OTHERS {
        let program = load(&model(other));
        let files = program.sources.files();
        let mut forged = proof.clone();
        forged.program = proof::digest(files.iter().map(|f| (f.name.as_str(), f.text.as_str())));
        let refused = checker::check(&program, &forged);
        assert!(
            matches!(
                &refused,
                Err(Refusal::Unjustified {
                    place: Place::Pair(_),
                    reason: Reason::NotInjective | Reason::PremiseMissing | Reason::Entries
                })
            ),
            "{other}: {refused:?}"
        );
    }
}
