//! The mistakes, by what they are about.
//!
//! To add one: name the file below `impl/tls/`, text in it that occurs once,
//! what shall stand there instead, a session that shows it, and the step of the
//! model at which the gate must stop. `seatproof mutate` tells whether it does.

mod authenticator;
mod binder;
mod certified;
mod evidence;
mod exchange;
mod taps;

use crate::mutant::Mutant;

/// Every mutant of the implementation.
#[must_use]
pub fn all() -> Vec<Mutant> {
    let mut all = binder::all();
    all.extend(authenticator::all());
    all.extend(exchange::all());
    all.extend(certified::all());
    all.extend(evidence::all());
    all.extend(taps::all());
    all
}

/// Mistakes that nobody could make here, or nothing could show, and why.
///
/// Each was considered and is no mutant: its edit does not compile, or no run
/// of the endpoints differs by it.
pub const EQUIVALENT: &[(&str, &str)] = &[
    (
        "an empty authenticator is taken for success",
        "acceptance needs a VerifiedAuthenticator, which only three verified parts make; \
         a lone Finished leaves none; a client that does accept one is among the attacks, \
         `stripping`, and its recording diverges",
    ),
    (
        "application data before acceptance",
        "only AttestedChannel has a way to write, and only acceptance makes one",
    ),
    (
        "the exporter before the client's Finished",
        "rustls refuses to export while it is handshaking",
    ),
    (
        "the early exporter or the resumption master secret in the exporter's place",
        "rustls has one exporter in its interface, and no way to the others' secrets",
    ),
    (
        "two connections share an ephemeral key",
        "the provider's key exchange consumes its private key; a tap cannot hand it out twice",
    ),
    (
        "early data is offered",
        "it is offered only with a ticket, and there is no store to find one in",
    ),
    (
        "a resumed handshake is taken for a full one",
        "neither end stores or issues anything to resume from, so that the check never decides",
    ),
    (
        "an authenticator for a request never sent",
        "verification takes its request out of those outstanding; without one it has no extensions \
         and no transcript to go on with; a recording without the request is among those of \
         class `dropped`",
    ),
    (
        "the appraisal runs on other octets than those that were verified",
        "Evidence is borrowed from the VerifiedAuthenticator it is appraised with",
    ),
    (
        "a weaker suite or group than the mapping has",
        "the provider has three suites and three groups, and the mapping has them all; a \
         ServerHello is held against what its ClientHello offered",
    ),
    (
        "an authenticator's scheme is not compared with the key's",
        "the TLS 1.3 algorithms of a scheme name their curve; webpki refuses the rest",
    ),
];
