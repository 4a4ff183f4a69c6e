//! What a session is for: an honest run, or one check of one role.

use authenticator::Role;
use mock_tee::forge::Forgery;

use crate::family::Family;
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

    /// Under a name of its own, where both ends attest.
    fn of_client(mut self) -> Self {
        self.name = match self.name {
            "answer-record" => "client-answer-record",
            "authenticator-certificate-verify" => "client-authenticator-certificate-verify",
            "authenticator-context" => "client-authenticator-context",
            "authenticator-finished" => "client-authenticator-finished",
            "authenticator-finished-length" => "client-authenticator-finished-length",
            "authenticator-issuer" => "client-authenticator-issuer",
            "authenticator-leaf" => "client-authenticator-leaf",
            "authenticator-name" => "client-authenticator-name",
            "authenticator-order" => "client-authenticator-order",
            "authenticator-signature" => "client-authenticator-signature",
            "evidence-bare-claims" => "client-evidence-bare-claims",
            "evidence-other-code" => "client-evidence-other-code",
            "evidence-tampered" => "client-evidence-tampered",
            "evidence-unsigned" => "client-evidence-unsigned",
            "evidence-wrongly-bound" => "client-evidence-wrongly-bound",
            "question-record" => "server-question-record",
            "question-type" => "server-question-type",
            other => other,
        };
        self
    }

    /// Everything there is to try on the roles of a family.
    pub fn all(family: Family) -> Vec<Self> {
        let mut all = handshake();
        match family {
            Family::PostClient => all.extend(evidence(Role::Client)),
            Family::PostMutual => {
                all.extend(evidence(Role::Server));
                all.extend(evidence(Role::Client).into_iter().map(Self::of_client));
            }
            _ => all.extend(evidence(Role::Server)),
        }
        if family.is_certified() {
            all.extend(certificates(false));
        }
        match family {
            Family::Post => {
                all.extend(certificates(true));
                all.extend(authenticators(Role::Server, Role::Client, "aik"));
            }
            Family::PostClient => {
                all.extend(foreign_clients());
                all.extend(authenticators(Role::Client, Role::Server, "client-aik"));
            }
            Family::PostMutual => {
                all.extend(certificates(true));
                all.extend(authenticators(Role::Server, Role::Client, "aik"));
                let client = authenticators(Role::Client, Role::Server, "client-aik");
                let client = foreign_clients().into_iter().chain(client);
                all.extend(client.map(Self::of_client));
                all.extend(reflected_requests());
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

/// The client's authenticator: certified by nobody the server trusts, and for a
/// name that the server's policy does not list.
fn foreign_clients() -> [Stimulus; 2] {
    let shown = |name, shown| Stimulus {
        name,
        by: Some(Role::Client),
        shown,
        late: true,
        ..Stimulus::HONEST
    };
    [
        shown("authenticator-issuer", Shown::ForeignIssuer),
        shown("authenticator-name", Shown::ForeignName),
    ]
}

/// Where both ends ask: the peer's own context comes back to it. The client asks
/// before it can know the server's, unless it waits.
fn reflected_requests() -> [Stimulus; 2] {
    let reflected = |name, by| Stimulus::changed(name, by, Change::RequestContext);
    [
        reflected("server-question-context", Role::Server),
        Stimulus {
            asks: false,
            ..reflected("question-context", Role::Client)
        },
    ]
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
