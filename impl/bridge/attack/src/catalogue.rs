//! The attacks, what each needs, and what is expected of it where.
//!
//! *To add an attack of the prover's:* a row in [`ATTACKS`] with the model whose
//! query is false, then `seatproof attack --plans traces/attacks`. *To add one
//! that needs a mistake:* the mistake among the broken endpoints and the check of
//! the model it leaves out; a script only where no model can say it.
//!
//! One file because the catalogue is one table, read from end to end.

use crate::broken::certified::Slip;
use crate::broken::post::Lapse;
use crate::matrix::Column;
use crate::scripted::Script;
use crate::target::Target;
use crate::violation::Violation;

/// An attack on one sort of endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Attack {
    /// The class.
    pub name: &'static str,
    /// What it is run against: placement and binder, or mistake.
    pub against: &'static str,
    /// In a sentence.
    pub says: &'static str,
    /// The compromises it needs, as the model's events.
    pub leaks: &'static [&'static str],
    /// What else the attacker has.
    pub needs: &'static [&'static str],
    /// Where it was published.
    pub sources: &'static [&'static str],
    /// How the fixed code ends.
    pub refusal: &'static str,
    pub way: Way,
}

/// How an attack is run.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// The prover's run, enacted.
    Run(Run),
    /// A script against a mistake, why no run of the prover's takes its place,
    /// and what the gate makes of it.
    Script(Script, &'static str, [Ruling; 2]),
}

/// What the gate is expected to say of an attack's recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Shown to a model.
    Shown {
        model: &'static str,
        /// The check that is left out of it first.
        without: Option<&'static str>,
        /// Whether the mapping's bound on the claim about a key is lifted: no
        /// term has that claim, and who ties Evidence to no key does not look
        /// at it.
        any_key: bool,
        /// What is said.
        word: &'static str,
    },
    /// Shown to none; why.
    Unjudged(&'static str),
}

impl Ruling {
    const fn diverges(model: &'static str) -> Self {
        Self::Shown {
            model,
            without: None,
            any_key: false,
            word: "diverges",
        }
    }
}

/// A run of the prover's and the endpoints it is enacted against.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The model whose query is false.
    pub broken_model: &'static str,
    /// The check that has to be left out of it first, by its text: the model
    /// of an endpoint that makes a mistake is one without a check.
    pub without: Option<&'static str>,
    /// Whether the broken endpoints take Evidence about any key.
    pub any_key: bool,
    /// Which query, by id.
    pub query: &'static str,
    /// The model in which the same query is true.
    pub fixed_model: &'static str,
    /// Its id there.
    pub fixed_query: &'static str,
    pub violation: Violation,
    /// What the gate says of the recording, where it is not that it conforms to
    /// the broken model and diverges from the fixed one.
    pub gate: Option<[Ruling; 2]>,
    pub broken: Target,
    pub fixed: Target,
    /// The fixed endpoints with the check that stops the attack switched off.
    pub ablated: Target,
    /// The property of the fixed endpoints whose border says which further
    /// leaks make the attack succeed again, by model and id, if it is not the
    /// fixed query.
    pub border: Option<(&'static str, &'static str)>,
}

impl Run {
    /// The endpoints of a column.
    pub fn target(&self, column: Column) -> Target {
        match column {
            Column::Broken => self.broken,
            Column::Fixed => self.fixed,
            Column::Ablated => self.ablated,
        }
    }

    /// The property that says which further leaks would be too many.
    pub fn border(&self) -> (&'static str, &'static str) {
        self.border.unwrap_or((self.fixed_model, self.fixed_query))
    }
}

impl Attack {
    /// Its folder below `traces/attacks`.
    pub fn folder(&self) -> String {
        format!("{}-{}", self.name, self.against.replace('/', "-"))
    }

    /// What the gate is to say of its recording: against the broken model, and
    /// against the fixed one.
    pub fn rulings(&self) -> [Ruling; 2] {
        match self.way {
            Way::Run(run) => run.gate.unwrap_or([
                Ruling::Shown {
                    model: run.broken_model,
                    without: run.without,
                    any_key: run.any_key,
                    word: "conforms",
                },
                Ruling::diverges(run.fixed_model),
            ]),
            Way::Script(_, _, rulings) => rulings,
        }
    }
}

/// The attack of a class on an endpoint; the first of the class if none is
/// named.
pub fn find(name: &str, against: Option<&str>) -> Option<&'static Attack> {
    ATTACKS
        .iter()
        .find(|it| it.name == name && against.is_none_or(|against| it.against == against))
}

const NETWORK: &[&str] = &["network"];
const ROUTING: &[&str] = &["routing"];

/// The client that asks with a nonce and does not compare the answer.
const NONCE_UNCOMPARED: Target = Target::IntraBroken {
    slip: Slip::Challenge,
    pki: false,
};

/// The comparison that ties Evidence to this session.
const COMPARISON: &str = "challenge = attestation_binder(ek, nonce, ch, hs, to_sh)";

/// Evidence over the client's nonce and the server's key, against endpoints
/// that make a mistake: the model is the same without one check.
const NONCE_AND_KEY: Run = Run {
    broken_model: "intra/composition-sha256.pv",
    without: Some(COMPARISON),
    any_key: false,
    query: "G-C2-nameless",
    fixed_model: "intra/composition-sha256.pv",
    fixed_query: "G-C2-nameless",
    violation: Violation::ForeignChannel,
    gate: None,
    broken: NONCE_UNCOMPARED,
    fixed: Target::Intra { pki: false },
    ablated: NONCE_UNCOMPARED,
    border: None,
};

/// Of a script: no model is broken in the same way; the fixed one has no such
/// run.
const BEFORE_NO_MODEL: [Ruling; 2] = [
    Ruling::Unjudged("no model of these messages is broken in this way"),
    Ruling::diverges("intra/composition-sha256.pv"),
];

/// All of them.
pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "relay",
        against: "intra/nonce-key",
        says: "Evidence of the genuine server, asked for with the client's nonce, shown by \
               somebody who has the attested key.",
        leaks: &["LeakEK"],
        needs: NETWORK,
        sources: &["CVE-2026-33697", "CVE-2026-112377", "CVE-2026-108265"],
        refusal: "refused: wrongly-bound",
        way: Way::Run(Run {
            broken_model: "intra/relay-nonce-key-sha256.pv",
            without: None,
            any_key: false,
            query: "G-C1-nameless",
            fixed_model: "intra/relay-handshake-secret.pv",
            fixed_query: "G-C1-nameless",
            violation: Violation::ForeignChannel,
            gate: None,
            broken: Target::Intra { pki: false },
            fixed: Target::Woven,
            ablated: Target::WovenBroken,
            border: None,
        }),
    },
    Attack {
        name: "relay",
        against: "post/no-exporter",
        says: "Evidence of the genuine server, asked for with the client's context, shown by \
               somebody who has the certificate's key.",
        leaks: &["LeakLTK"],
        needs: NETWORK,
        sources: &["CVE-2026-33697"],
        refusal: "refused: wrongly-bound",
        way: Way::Run(Run {
            broken_model: "post/correlation-no-exporter.pv",
            without: None,
            any_key: false,
            query: "G3",
            fixed_model: "post/correlation.pv",
            fixed_query: "G3",
            violation: Violation::ForeignChannel,
            gate: None,
            broken: Target::PostBroken(Lapse::NoExporter),
            fixed: Target::Post,
            ablated: Target::PostBroken(Lapse::Uncompared),
            border: Some(("post/correlation.pv", "P4")),
        }),
    },
    Attack {
        name: "relay",
        against: "post/context",
        says: "The same with nothing leaked: the attacker has a name of its own, and Evidence \
               is about the request alone.",
        leaks: &[],
        needs: &["network", "a certificate for a name of its own"],
        sources: &["CVE-2026-33697"],
        refusal: "refused: wrongly-bound",
        way: Way::Run(Run {
            broken_model: "post/correlation-context.pv",
            without: None,
            any_key: true,
            query: "G3",
            fixed_model: "post/correlation.pv",
            fixed_query: "G3",
            violation: Violation::ForeignChannel,
            gate: None,
            broken: Target::PostBroken(Lapse::ContextOnly),
            fixed: Target::Post,
            ablated: Target::PostBroken(Lapse::Unbound),
            border: Some(("post/correlation.pv", "P4")),
        }),
    },
    Attack {
        name: "replay",
        against: "pre/key",
        says: "Evidence made when the server started, shown for ever by somebody who once had \
               the attested key.",
        leaks: &["LeakEK"],
        needs: NETWORK,
        sources: &["GHSA-2hpj-pqpw-j753"],
        refusal: "refused: wrongly-bound",
        way: Way::Run(Run {
            broken_model: "pre/composition-sha256.pv",
            without: None,
            any_key: false,
            query: "G-C1-nameless",
            fixed_model: "intra/replay-sha256.pv",
            fixed_query: "G-RA2-once",
            violation: Violation::ForeignChannel,
            gate: None,
            broken: Target::Pre { pki: false },
            fixed: Target::Intra { pki: false },
            ablated: NONCE_UNCOMPARED,
            border: None,
        }),
    },
    Attack {
        name: "replay",
        against: "pre/once",
        says: "The same Evidence accepted in two sessions; what it says may have changed since.",
        leaks: &[],
        needs: &["Evidence without a challenge of the client's"],
        sources: &["Identity Crisis in Confidential Computing, G-RA2"],
        refusal: "refused: wrongly-bound",
        way: Way::Run(Run {
            broken_model: "pre/replay-sha256.pv",
            without: None,
            any_key: false,
            query: "G-RA2-once",
            fixed_model: "intra/replay-sha256.pv",
            fixed_query: "G-RA2-once",
            violation: Violation::SameEvidence,
            gate: None,
            broken: Target::Pre { pki: false },
            fixed: Target::Intra { pki: false },
            ablated: NONCE_UNCOMPARED,
            border: None,
        }),
    },
    Attack {
        name: "diversion",
        against: "pre/other-site",
        says: "The connection goes to another genuine server, under another name.",
        leaks: &[],
        needs: ROUTING,
        sources: &["CVE-2026-119344", "CVE-2026-108362"],
        refusal: "refused: tls",
        way: Way::Run(Run {
            broken_model: "pre/identity-sha256.pv",
            without: None,
            any_key: false,
            query: "G-TLS1",
            fixed_model: "pre-fixed/identity-certified-sha256.pv",
            fixed_query: "G-TLS1",
            violation: Violation::OtherName,
            gate: None,
            broken: Target::Pre { pki: false },
            fixed: Target::Pre { pki: true },
            ablated: Target::PreBroken {
                slip: Slip::Name,
                pki: true,
            },
            border: None,
        }),
    },
    Attack {
        name: "diversion",
        against: "intra/other-site",
        says: "The same with a nonce in the Evidence, which says nothing about a name.",
        leaks: &[],
        needs: ROUTING,
        sources: &["CVE-2026-119344", "CVE-2026-108362"],
        refusal: "refused: tls",
        way: Way::Run(Run {
            broken_model: "intra/identity-sha256.pv",
            without: None,
            any_key: false,
            query: "G-TLS1",
            fixed_model: "intra-fixed/identity-certified-sha256.pv",
            fixed_query: "G-TLS1",
            violation: Violation::OtherName,
            gate: None,
            broken: Target::Intra { pki: false },
            fixed: Target::Intra { pki: true },
            ablated: Target::IntraBroken {
                slip: Slip::Name,
                pki: true,
            },
            border: None,
        }),
    },
    Attack {
        name: "diversion",
        against: "intra/same-site",
        says: "Evidence by the leaked key of one machine, for a key of the attacker's, in the \
               place of every other machine.",
        leaks: &["LeakAK"],
        needs: ROUTING,
        sources: &["CVE-2026-100835"],
        refusal: "refused: tls",
        way: Way::Run(Run {
            broken_model: "intra/diversion-sha256.pv",
            without: None,
            any_key: false,
            query: "G-C2-site",
            fixed_model: "intra-fixed/composition-certified-sha256.pv",
            fixed_query: "G-C2",
            violation: Violation::ForeignChannel,
            gate: None,
            broken: Target::Intra { pki: false },
            fixed: Target::Intra { pki: true },
            ablated: Target::IntraBroken {
                slip: Slip::Identity,
                pki: true,
            },
            border: Some(("intra-fixed/identity-certified-sha256.pv", "G-TLS1")),
        }),
    },
    Attack {
        name: "splice",
        against: "mistake/report-data-unchecked",
        says: "Evidence of another session and another key, where report data is not compared.",
        leaks: &[],
        needs: NETWORK,
        sources: &["CVE-2026-92701"],
        refusal: "refused: wrongly-bound",
        way: Way::Run(Run {
            without: Some(COMPARISON),
            any_key: true,
            broken: Target::IntraBroken {
                slip: Slip::ReportData,
                pki: false,
            },
            ablated: Target::IntraBroken {
                slip: Slip::ReportData,
                pki: false,
            },
            ..NONCE_AND_KEY
        }),
    },
    Attack {
        name: "splice",
        against: "mistake/empty-report-data",
        says: "Evidence with empty report data, where that is taken for no need to compare.",
        leaks: &[],
        needs: &["network", "Evidence made without a challenge"],
        sources: &["CVE-2026-92702"],
        refusal: "refused: wrongly-bound",
        way: Way::Script(
            Script::EmptyReportData,
            "no model of a protocol on the wire has Evidence made without a challenge; \
             attacks/splice/empty.pv is its smallest",
            BEFORE_NO_MODEL,
        ),
    },
    Attack {
        name: "no-possession",
        against: "mistake/certificate-verify-unchecked",
        says: "A copied certificate with fresh Evidence, shown without its key.",
        leaks: &[],
        needs: NETWORK,
        sources: &["dstack 0.5.13 release notes"],
        refusal: "refused: tls",
        way: Way::Run(Run {
            without: Some("possessed(key, ek, to_crt, cv) = true"),
            broken: Target::IntraBroken {
                slip: Slip::Possession,
                pki: false,
            },
            ablated: Target::IntraBroken {
                slip: Slip::Possession,
                pki: false,
            },
            ..NONCE_AND_KEY
        }),
    },
    Attack {
        name: "reflection",
        against: "mistake/one-binder-both-ways",
        says: "A client's own Evidence given back to it, where both directions have one binder.",
        leaks: &["LeakLTK"],
        needs: NETWORK,
        sources: &["Fraunhofer CMC, pull request 406"],
        refusal: "refused: context-reused",
        way: Way::Script(
            Script::Reflection,
            "the run of post/reflection-concurrent.pv needs authenticators made by clients, and the \
             attacker's machine makes none",
            [
                Ruling::Unjudged("its client has frames of its own, no authenticators"),
                Ruling::diverges("post/correlation.pv"),
            ],
        ),
    },
    Attack {
        name: "resumption",
        against: "mistake/tickets",
        says: "A session resumed by somebody with the server's session store; nobody is \
               attested then.",
        leaks: &[],
        needs: &["network", "the server's session store"],
        sources: &["draft-fossati-seat-expat-03, session handling"],
        refusal: "refused: no-evidence",
        way: Way::Script(
            Script::Resumption,
            "the run of post/resumption.pv has a handshake without certificates, and no \
             placement of the library has one to resume",
            BEFORE_NO_MODEL,
        ),
    },
    Attack {
        name: "early-data",
        against: "mistake/early-data",
        says: "The client's first words, sent before it could have asked for Evidence.",
        leaks: &[],
        needs: &["network", "the server's session store"],
        sources: &["RFC 8446 section 8"],
        refusal: "refused: no-evidence",
        way: Way::Script(
            Script::EarlyData,
            "no model has early data: there is none in these handshakes",
            BEFORE_NO_MODEL,
        ),
    },
    Attack {
        name: "stale-collateral",
        against: "mistake/endorsements-for-ever",
        says: "Evidence by a machine whose Endorsement has ended because its key got out.",
        leaks: &["LeakAK"],
        needs: NETWORK,
        sources: &["RFC 9334 section 8.1"],
        refusal: "refused: endorsement-outside-validity",
        way: Way::Script(
            Script::CollateralForEver,
            "dates are no messages: no model has them, and to a model the leaked key of a \
             machine is that of any machine",
            BEFORE_NO_MODEL,
        ),
    },
    Attack {
        name: "type-downgrade",
        against: "mistake/type-none",
        says: "Evidence of type \"none\", where there is an entry for it.",
        leaks: &[],
        needs: NETWORK,
        sources: &["attestation type \"none\" in deployed libraries"],
        refusal: "refused: unknown-format",
        way: Way::Script(
            Script::TypeDowngrade,
            "no model of a protocol on the wire has a second kind of Evidence; \
             attacks/type-downgrade/type-downgrade.pv is its smallest",
            BEFORE_NO_MODEL,
        ),
    },
    Attack {
        name: "stripping",
        against: "mistake/evidence-optional",
        says: "The request declined, with an empty authenticator, by somebody who has the \
               certificate's key.",
        leaks: &["LeakLTK"],
        needs: NETWORK,
        sources: &["draft-fossati-seat-expat-03, negotiation"],
        refusal: "refused: refused-by-peer",
        way: Way::Run(Run {
            broken_model: "post/stripping.pv",
            without: None,
            any_key: false,
            query: "P13-data",
            fixed_model: "post/gating.pv",
            fixed_query: "P13-data",
            violation: Violation::ForeignChannel,
            gate: Some([
                Ruling::Unjudged(
                    "the model's client asks for Evidence twice at once, which no endpoint does",
                ),
                Ruling::diverges("post/correlation.pv"),
            ]),
            broken: Target::PostBroken(Lapse::EvidenceOptional),
            fixed: Target::Post,
            ablated: Target::PostBroken(Lapse::EvidenceOptional),
            border: None,
        }),
    },
    Attack {
        name: "evidence-oracle",
        against: "mistake/quotes-anything",
        says: "Evidence on demand, by an attesting environment that signs what it is asked to.",
        leaks: &["LeakLTK"],
        needs: &["network", "a quoting service over the caller's data"],
        sources: &["RFC 9334 section 12"],
        refusal: "refused: wrongly-bound",
        way: Way::Run(Run {
            broken_model: "post/quoting-any.pv",
            without: None,
            any_key: false,
            query: "P4",
            fixed_model: "post/quoting-narrow.pv",
            fixed_query: "P4",
            violation: Violation::ForeignChannel,
            gate: Some([
                Ruling::Unjudged("a quoting service has no taps, so that its quotes seem nobody's"),
                Ruling::diverges("post/quoting-narrow.pv"),
            ]),
            broken: Target::PostQuoting { narrow: false },
            fixed: Target::PostQuoting { narrow: true },
            ablated: Target::PostQuoting { narrow: false },
            border: None,
        }),
    },
    Attack {
        name: "result-reuse",
        against: "mistake/result-unbound",
        says: "An Attestation Result copied from somebody else, where it is about no key.",
        leaks: &[],
        needs: NETWORK,
        sources: &["RFC 9334 section 5.1, passport model"],
        refusal: "refused: certificate-malformed",
        way: Way::Script(
            Script::ResultReuse,
            "the library has no passport: post/passport-unbound-session.pv has no endpoint",
            BEFORE_NO_MODEL,
        ),
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_attack_has_a_folder_of_its_own() {
        let folders: BTreeSet<_> = ATTACKS.iter().map(Attack::folder).collect();
        assert_eq!(folders.len(), ATTACKS.len());
        assert!(find("relay", Some("intra/nonce-key")).is_some());
        assert!(find("relay", Some("intra/none")).is_none());
    }
}
