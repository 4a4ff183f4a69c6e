//! The observations beside the messages, against what was computed.
//!
//! They are claims of the endpoint about itself: that it has this secret, made
//! that signature, appraised this challenge. Each has to be the value the model
//! has there, and none may be left over. An endpoint that accepted without
//! having verified what the model verifies is caught here too.

use event::{Kind, kind::Appraisal};

use super::{
    observe::Side,
    run::{Run, Signed, Stop, Why},
    value::Datum,
};
use crate::{
    interpretation::{Symbol, reach},
    mapping::{Function, GapScope},
    report::Severity,
    wire::Codec,
};

impl Run<'_> {
    /// Checks every observation that no step consumed. Of a run that was
    /// refused, only those whose values the model got to.
    pub(super) fn cross_checks(&mut self, complete: bool) -> Result<(), Stop> {
        let observed = self.observed;
        for side in &observed.side {
            if self.state.used.contains(&side.line) {
                continue;
            }
            if self.checked(side, complete)? {
                self.state.used.insert(side.line);
            } else if complete {
                self.claimed_by_gap(side)?;
            }
        }
        if complete {
            self.nothing_skipped()?;
            self.arguments_known()?;
            self.no_collision()?;
        }
        Ok(())
    }

    /// Whether the observation is one the model accounts for; an error if it
    /// contradicts the model.
    fn checked(&mut self, side: &Side<'_>, complete: bool) -> Result<bool, Stop> {
        match &*side.kind {
            Kind::Secret { label, octets } => {
                let Some(variable) = self.model.role.secrets.get(label) else {
                    return Ok(false);
                };
                self.claim_of_variable(side, label, variable, octets.as_slice(), complete)
            }
            Kind::Export {
                label,
                context,
                octets,
            } => self.export(side, label, context.as_ref(), octets, complete),
            Kind::Sign {
                key,
                scheme,
                tbs,
                signature,
            } => match self.witness(*scheme, tbs, signature, true) {
                Some(signed) => {
                    self.key_is(side, key, &signed)?;
                    Ok(true)
                }
                None => Ok(false),
            },
            Kind::Verify {
                key,
                scheme,
                tbs,
                signature,
                ok,
            } => match self.witness(*scheme, tbs, signature, false) {
                Some(signed) => {
                    self.same_verification(side, &signed, key, *ok)?;
                    Ok(true)
                }
                None => Ok(false),
            },
            Kind::Evidence {
                challenge, octets, ..
            } => self.produced(side, challenge, octets, complete),
            Kind::Appraise {
                expected, verdict, ..
            } => {
                let Some(variable) = self.model.role.appraised.clone() else {
                    return Ok(false);
                };
                if complete && *verdict != Appraisal::Affirming {
                    let why = Why::new("the appraisal did not affirm and the endpoint accepted");
                    let unsound = Severity::UnsoundAcceptance;
                    return Err(Stop::Diverges(self.divergence(
                        unsound,
                        Some(side.line),
                        why,
                    )));
                }
                if !complete {
                    if *verdict == Appraisal::Affirming && self.refuses_evidence() {
                        let why = Why::new("the appraisal affirmed Evidence the model refuses");
                        return Err(self.contradiction(side, why));
                    }
                    return Ok(true);
                }
                self.claim_of_variable(
                    side,
                    "the challenge it expects",
                    &variable,
                    expected.as_slice(),
                    complete,
                )
            }
            Kind::ModelEvent { name, args } => {
                let args: Option<Vec<&[u8]>> = args.iter().map(event::Bytes::as_slice).collect();
                self.claimed_event(side, name, args.as_deref())
            }
            Kind::Gap { id, .. } => Ok(self.meaning.mapping.gaps.contains_key(id)),
            _ => Ok(false),
        }
    }

    /// Whether a refused run was refused for its Evidence: at a step that takes
    /// it apart or tests what was inside, or for a part of it outside the gap.
    fn refuses_evidence(&self) -> bool {
        let is_evidence = |function| {
            matches!(
                self.symbol(function),
                Some(Symbol::Function(Function::Reads {
                    codec: Codec::EvidenceMessage,
                    ..
                }))
            )
        };
        let outside = self.state.violations.iter().any(|(name, _)| {
            let gap = self.meaning.mapping.gaps.get(name);
            gap.is_some_and(|gap| match &gap.scope {
                GapScope::Message(message) => message.codec == Codec::EvidenceMessage,
                GapScope::Observation { .. } => false,
            })
        });
        let step = self.state.step.and_then(|id| self.model.tree.step(id));
        outside
            || step.is_some_and(|step| {
                let inside = reach::inside(&self.model.tree, &is_evidence);
                let used = reach::used(&step.kind);
                reach::takes_apart(&step.kind, &is_evidence)
                    || used.iter().any(|variable| inside.contains(variable))
            })
    }

    /// A value the endpoint says it has, which is a variable of the role.
    fn claim_of_variable(
        &mut self,
        side: &Side<'_>,
        label: &str,
        variable: &str,
        octets: Option<&[u8]>,
        complete: bool,
    ) -> Result<bool, Stop> {
        let Some(octets) = octets else {
            self.state.counts.assumed += 1;
            return Ok(true);
        };
        let node = self
            .model
            .variables
            .get(variable)
            .and_then(|id| self.state.env.get(*id));
        let known = match node {
            Some(node) => self.force(node)?,
            None => None,
        };
        match known {
            Some(Datum::Octets(known)) if *known == *octets => {
                self.state.counts.computed += 1;
                Ok(true)
            }
            Some(known) => Err(self.contradiction(
                side,
                Why {
                    what: format!("{label} is not `{variable}` of the model"),
                    expected: Some(known.hex()),
                    got: Some(hex::encode(octets)),
                    hypotheses: Vec::new(),
                },
            )),
            // A refused run stops before some of its secrets.
            None if !complete => Ok(true),
            None => {
                self.unknown(|_| {
                    format!(
                        "`{variable}` was never computed, {label} has nothing to be compared with"
                    )
                })?;
                Ok(true)
            }
        }
    }

    /// TLS-Exporter(label, context, length), RFC 8446 section 7.5, computed
    /// from the model's exporter secret; and some term of the model.
    fn export(
        &mut self,
        side: &Side<'_>,
        label: &str,
        context: Option<&event::Bytes>,
        octets: &event::Bytes,
        complete: bool,
    ) -> Result<bool, Stop> {
        let secret = self
            .model
            .role
            .exporter
            .as_ref()
            .and_then(|name| self.model.variables.get(name.as_str()))
            .and_then(|id| self.state.env.get(*id));
        let (Some(secret), Some(hash)) = (secret, self.state.hash) else {
            return Ok(!complete);
        };
        let (Some(Datum::Octets(secret)), Some(octets)) = (self.force(secret)?, octets.as_slice())
        else {
            self.state.counts.assumed += 1;
            return Ok(true);
        };
        let context = match context {
            None => Some(&[][..]),
            Some(context) => context.as_slice(),
        };
        let Some(context) = context else {
            self.state.counts.assumed += 1;
            return Ok(true);
        };
        let expected = hash
            .expand_label(&secret, label.as_bytes(), &hash.digest(b""), hash.length())
            .and_then(|derived| {
                hash.expand_label(&derived, b"exporter", &hash.digest(context), octets.len())
            });
        if expected.as_deref() != Some(octets) {
            return Err(self.contradiction(
                side,
                Why {
                    what: format!("the exporter value for \"{label}\" is not what it yields"),
                    expected: expected.map(hex::encode),
                    got: Some(hex::encode(octets)),
                    hypotheses: Vec::new(),
                },
            ));
        }
        self.state.counts.computed += 1;
        Ok(!complete || self.state.arena.denotes(octets))
    }

    fn produced(
        &mut self,
        side: &Side<'_>,
        challenge: &event::Bytes,
        octets: &event::Bytes,
        complete: bool,
    ) -> Result<bool, Stop> {
        let Some((variable, evidence)) = self.model.role.produced.clone() else {
            return Ok(false);
        };
        let label = "the challenge of the Evidence";
        self.claim_of_variable(side, label, &variable, challenge.as_slice(), complete)?;
        let node = self
            .model
            .variables
            .get(evidence.as_str())
            .and_then(|id| self.state.env.get(*id));
        let wrapper = match node {
            Some(node) => self.force(node)?,
            None => None,
        };
        let wrapper = wrapper.as_ref().and_then(Datum::octets);
        let sent = octets.as_slice().is_some_and(|octets| {
            self.state.reads.iter().any(|read| {
                read.codec == Codec::EvidenceMessage
                    && Some(&read.octets) == wrapper
                    && read
                        .decoded
                        .get("wrapped")
                        .is_some_and(|it| **it == *octets)
            })
        });
        if complete && !sent {
            let why = Why::new("the Evidence that was produced is not the Evidence that was sent");
            return Err(self.contradiction(side, why));
        }
        Ok(true)
    }

    fn claimed_event(
        &mut self,
        side: &Side<'_>,
        name: &str,
        args: Option<&[&[u8]]>,
    ) -> Result<bool, Stop> {
        let program = self.meaning.program;
        let reached = self.state.reached.clone();
        for (event, nodes, _) in reached {
            if program
                .events
                .get(event.0 as usize)
                .map(|e| e.name.as_str())
                != Some(name)
            {
                continue;
            }
            let mut known = Vec::with_capacity(nodes.len());
            for node in nodes {
                known.push(self.force(node)?);
            }
            let same = args.is_some_and(|args| {
                args.len() == known.len()
                    && args.iter().zip(&known).all(|(claimed, known)| {
                        let known = known.as_ref().and_then(Datum::octets);
                        known.is_some_and(|known| **known == **claimed)
                    })
            });
            if same {
                self.state.counts.computed += 1;
                return Ok(true);
            }
        }
        let what = format!("the endpoint claims event {name}, the model does not reach it so");
        Err(self.contradiction(side, Why::new(what)))
    }

    /// The signature the model made or verified that an event is about: one
    /// event for each, so that verifying once does not count for twice.
    fn witness(
        &mut self,
        scheme: u16,
        tbs: &event::Bytes,
        signature: &event::Bytes,
        made: bool,
    ) -> Option<Signed> {
        let octets = [scheme.to_be_bytes().as_slice(), signature.as_slice()?].concat();
        let tbs = tbs.as_slice()?;
        let computes = self.tier.computes();
        let signed = self.state.signed.iter_mut().find(|signed| {
            signed.made == made
                && !signed.witnessed
                && *signed.signature == *octets
                && (*signed.message == *tbs || !computes)
        })?;
        signed.witnessed = true;
        Some(signed.clone())
    }

    fn same_verification(
        &self,
        side: &Side<'_>,
        signed: &Signed,
        key: &event::Bytes,
        ok: bool,
    ) -> Result<(), Stop> {
        if key.as_slice() != Some(&signed.key) {
            return Err(self.contradiction(
                side,
                Why {
                    what: "the endpoint verified a signature under another key".into(),
                    expected: Some(hex::encode(&signed.key)),
                    got: key.as_slice().map(hex::encode),
                    hypotheses: Vec::new(),
                },
            ));
        }
        if ok == signed.ok {
            return Ok(());
        }
        let (model, endpoint) = (verdict(signed.ok), verdict(ok));
        let what = format!("the endpoint found a signature {endpoint}, it is {model}");
        Err(self.contradiction(side, Why::new(what)))
    }

    /// The setup record a `sign` event names has to be the model's key.
    fn key_is(&self, side: &Side<'_>, id: &str, signed: &Signed) -> Result<(), Stop> {
        match self.given.value(self.party, id) {
            Some(key) if *key == signed.key => Ok(()),
            Some(key) => Err(self.contradiction(
                side,
                Why {
                    what: format!("key `{id}` signed where the model signs with another"),
                    expected: Some(hex::encode(&signed.key)),
                    got: Some(hex::encode(key)),
                    hypotheses: Vec::new(),
                },
            )),
            None => Err(Stop::Inconclusive(format!(
                "the recording has no setup record `{id}`, which signed at line {}",
                side.line
            ))),
        }
    }

    fn claimed_by_gap(&mut self, side: &Side<'_>) -> Result<(), Stop> {
        if matches!(&*side.kind, Kind::KeyExchange { .. }) && !self.tier.computes() {
            // Nothing was computed from it.
            self.state.counts.assumed += 1;
            return Ok(());
        }
        let kind = side.kind.name();
        let gap = self
            .meaning
            .mapping
            .gaps
            .iter()
            .find_map(|(name, gap)| match &gap.scope {
                GapScope::Observation {
                    kind: claimed,
                    most,
                } if claimed == kind => Some((name.clone(), *most)),
                _ => None,
            });
        let Some((name, most)) = gap else {
            let what =
                format!("a `{kind}` event that no step of the model and no gap accounts for");
            return Err(self.contradiction(side, Why::new(what)));
        };
        let claimed = self.state.claimed.entry(name.clone()).or_default();
        *claimed += 1;
        if *claimed > most {
            let what = format!("more `{kind}` events than the {most} that gap `{name}` allows");
            return Err(self.contradiction(side, Why::new(what)));
        }
        let octets: u64 = side.kind.octets().iter().map(|bytes| bytes.len()).sum();
        let octets = usize::try_from(octets).unwrap_or(usize::MAX);
        self.state.counts.claimed(&name, octets);
        Ok(())
    }

    fn contradiction(&self, side: &Side<'_>, why: Why) -> Stop {
        Stop::Diverges(self.divergence(Severity::Mismatch, Some(side.line), why))
    }
}

fn verdict(ok: bool) -> &'static str {
    if ok { "good" } else { "bad" }
}
