//! What a session is for: an honest run, or one check of one role.

use authenticator::Role;
use mock_tee::forge::Forgery;

use crate::session::Family;
use crate::tamper::{AUTHENTICATOR, Change, Flaw, REQUEST};

/// A session's plan.
#[derive(Clone, Debug)]
pub struct Stimulus {
    pub name: &'static str,
    /// Which end is the adversary's.
    pub by: Option<Role>,
    /// What it changes on the way out.
    pub change: Change,
    /// What Evidence the server shows.
    pub evidence: Forged,
    /// Which certificate.
    pub shown: Shown,
    /// Whether that is about the authenticator's.
    pub late: bool,
    /// Whether the client asks for Evidence, where it can.
    pub asks: bool,
}

/// Evidence that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forged {
    No,
    OtherCode,
    How(Forgery),
}

/// A certificate for the server's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Own,
    ForeignIssuer,
    ForeignName,
}

const EE: u8 = 8;
const CERTIFICATE: u8 = 11;
const CERTIFICATE_VERIFY: u8 = 15;
const FINISHED: u8 = 20;

impl Stimulus {
    /// Nothing wrong.
    pub const HONEST: Self = Self {
        name: "honest",
        by: None,
        change: Change::None,
        evidence: Forged::No,
        shown: Shown::Own,
        late: false,
        asks: true,
    };

    fn changed(name: &'static str, by: Role, change: Change) -> Self {
        Self {
            name,
            by: Some(by),
            change,
            ..Self::HONEST
        }
    }

    /// Everything there is to try on the roles of a family.
    pub fn all(family: Family) -> Vec<Self> {
        let mut all = handshake();
        all.extend(evidence(family.attester()));
        if family.is_certified() {
            all.extend(certificates(false));
        }
        match family {
            Family::Post => {
                all.extend(certificates(true));
                all.extend(authenticators(Role::Server, Role::Client, "aik"));
            }
            // Nobody compares a client's name but the application.
            Family::PostClient => {
                all.push(Self {
                    name: "authenticator-issuer",
                    by: Some(Role::Client),
                    shown: Shown::ForeignIssuer,
                    late: true,
                    ..Self::HONEST
                });
                all.extend(authenticators(Role::Client, Role::Server, "client-aik"));
            }
            Family::Intra | Family::IntraFixed => all.push(Self {
                name: "no-request",
                by: Some(Role::Client),
                asks: false,
                ..Self::HONEST
            }),
            Family::Pre | Family::PreFixed => {}
        }
        all
    }
}

fn handshake() -> Vec<Stimulus> {
    let server = |name, change| Stimulus::changed(name, Role::Server, change);
    let client = |name, change| Stimulus::changed(name, Role::Client, change);
    vec![
        server("server-hello-type", Change::HelloType),
        server("extensions-record", Change::MessageRecord(EE)),
        server("extensions-type", Change::MessageType(EE)),
        server("certificate-record", Change::MessageRecord(CERTIFICATE)),
        server("certificate-type", Change::MessageType(CERTIFICATE)),
        server("certificate-leaf", Change::Leaf),
        server(
            "certificate-verify-record",
            Change::MessageRecord(CERTIFICATE_VERIFY),
        ),
        server(
            "certificate-verify-type",
            Change::MessageType(CERTIFICATE_VERIFY),
        ),
        server("certificate-verify-signature", Change::Signature("key")),
        server("finished-record", Change::MessageRecord(FINISHED)),
        server("finished-type", Change::MessageType(FINISHED)),
        server("finished-mac", Change::MessageEnd(FINISHED)),
        client("client-hello-type", Change::HelloType),
        client("client-finished-record", Change::MessageRecord(FINISHED)),
        client("client-finished-type", Change::MessageType(FINISHED)),
        client("client-finished-mac", Change::MessageEnd(FINISHED)),
    ]
}

fn evidence(attester: Role) -> Vec<Stimulus> {
    let forged = |name, evidence| Stimulus {
        name,
        by: Some(attester),
        evidence,
        ..Stimulus::HONEST
    };
    vec![
        forged("evidence-unsigned", Forged::How(Forgery::Unsigned)),
        forged("evidence-bare-claims", Forged::How(Forgery::BareClaims)),
        forged("evidence-tampered", Forged::How(Forgery::Tampered)),
        forged("evidence-other-code", Forged::OtherCode),
        forged("evidence-wrongly-bound", Forged::How(Forgery::WronglyBound)),
    ]
}

fn certificates(late: bool) -> Vec<Stimulus> {
    let shown = |name, shown| Stimulus {
        name,
        by: Some(Role::Server),
        shown,
        late,
        ..Stimulus::HONEST
    };
    match late {
        false => vec![
            shown("certificate-issuer", Shown::ForeignIssuer),
            shown("certificate-name", Shown::ForeignName),
        ],
        true => vec![
            shown("authenticator-issuer", Shown::ForeignIssuer),
            shown("authenticator-name", Shown::ForeignName),
        ],
    }
}

fn authenticators(attester: Role, relying: Role, key: &'static str) -> Vec<Stimulus> {
    let flawed = |name, flaw| Stimulus::changed(name, attester, Change::Authenticator(flaw));
    vec![
        Stimulus::changed(
            "answer-record",
            attester,
            Change::FrameRecord(AUTHENTICATOR),
        ),
        flawed("authenticator-order", Flaw::Order),
        flawed("authenticator-context", Flaw::Context),
        flawed("authenticator-finished-length", Flaw::FinishedLength),
        flawed("authenticator-finished", Flaw::Finished),
        flawed("authenticator-leaf", Flaw::Leaf),
        flawed("authenticator-certificate-verify", Flaw::CertificateVerify),
        Stimulus::changed("authenticator-signature", attester, Change::Signature(key)),
        Stimulus::changed("question-record", relying, Change::FrameRecord(REQUEST)),
        Stimulus::changed("question-type", relying, Change::Request),
    ]
}
