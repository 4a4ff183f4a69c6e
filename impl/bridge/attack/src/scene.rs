//! A run as people follow it: who sends what to whom, and what each believes.

use crate::plan::{Move, Plan, Term, TermId};

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scene {
    /// A party accepts its peer.
    Accepts { who: String, what: String },
    /// A message crosses the network.
    Arrow {
        from: String,
        to: String,
        what: String,
    },
    /// What somebody does or thinks.
    Note { who: String, what: String },
    /// A party refuses.
    Refuses { who: String, what: String },
}

/// The attacker's lane.
pub const ATTACKER: &str = "attacker";

/// A role's copy as it goes by in a story: `AnyClient#1` is the client.
pub fn lane(who: &str) -> String {
    let (role, number) = who.split_once('#').unwrap_or((who, "1"));
    let role = match role {
        "AnyClient" | "Client" => "client",
        "AnyServer" | "Server" => "server",
        "Machine" => "machine",
        "VirtualMachine" => "virtual machine",
        "Enrolment" => "enrolment",
        other if other.starts_with("Leak") => "leak",
        other => other,
    };
    match number {
        "1" => role.to_owned(),
        number => format!("{role} {number}"),
    }
}

/// What a message is, in a few words.
pub fn what(plan: &Plan, term: TermId) -> String {
    match plan.terms.get(term) {
        Some(Term::Apply(f, parts)) => match (f.as_str(), &parts[..]) {
            ("seal", [_, content]) => what(plan, *content),
            ("unseal", [_, sealed]) => what(plan, *sealed),
            ("CH" | "CHA", _) => "ClientHello".to_owned(),
            ("SH", _) => "ServerHello".to_owned(),
            ("EE", _) => "EncryptedExtensions".to_owned(),
            ("CRT", [leaf]) => match plan.terms.get(*leaf) {
                Some(Term::Apply(f, _)) if f == "evidence_leaf" => {
                    "Certificate with Evidence".to_owned()
                }
                _ => "Certificate".to_owned(),
            },
            ("CV" | "CVX", _) => "CertificateVerify".to_owned(),
            ("FIN", _) => "Finished".to_owned(),
            ("CREQ", _) => "authenticator request".to_owned(),
            ("authenticator", _) => "authenticator with Evidence".to_owned(),
            ("certificate", _) => "its certificate".to_owned(),
            ("evidence", _) => "Evidence".to_owned(),
            ("pk", _) => "a public key".to_owned(),
            _ => plan.sketch(term),
        },
        Some(Term::Honest(name, of)) if of == "skey" => format!("its private key {name}"),
        Some(Term::Name(name)) if name == "EE" => "EncryptedExtensions".to_owned(),
        Some(Term::Output(n)) => {
            let sent = plan.moves.iter().find_map(|step| match step {
                Move::Sends {
                    output, message, ..
                } if output == n => Some(*message),
                _ => None,
            });
            match sent {
                Some(message) => format!("{}, as it came", what(plan, message)),
                None => format!("~{}", n + 1),
            }
        }
        _ => plan.sketch(term),
    }
}
