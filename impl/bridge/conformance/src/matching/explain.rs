//! Which small change of a computation would give the observed value?
//!
//! A bounded search over single edits of the term the model has: another
//! label, another length, another context, a hash left out or put in, operands
//! swapped, one side of a concatenation dropped. Each edit is carried up to the
//! whole term and compared. It turns two unequal strings into a sentence.

use std::collections::{BTreeMap, BTreeSet};

use pi::FunId;

use super::{
    evaluate::compute,
    run::Run,
    value::{Datum, NodeId, Shape},
};
use crate::{
    crypto::{Hash, signature},
    interpretation::Symbol,
    mapping::{Computation, Constant, Function, Length},
    octets::Octets,
    text,
};

/// Edits tried for one value at most.
const LIMIT: usize = 20_000;

/// Signatures verified for one explanation at most.
const SIGNATURES: usize = 64;

/// What a CertificateVerify may say it is about: RFC 8446 section 4.4.3, RFC
/// 9261 section 5.2.2.
const CONTEXTS: [&str; 3] = [
    "Exported Authenticator",
    "TLS 1.3, client CertificateVerify",
    "TLS 1.3, server CertificateVerify",
];

/// Labels a confused implementation may use though no model here does: RFC
/// 8446 section 7.1, RFC 9261 section 5.1, and earlier drafts of the binder.
const OTHER_LABELS: [&str; 9] = [
    "Attestation Binding",
    "EXPORTER-client authenticator finished key",
    "EXPORTER-client authenticator handshake context",
    "c e traffic",
    "e exp master",
    "ext binder",
    "res binder",
    "res master",
    "resumption",
];

/// An edit, the octets the term has with it, and how deep in the term it is.
type Variant = (String, Octets, usize);

impl Run<'_> {
    /// Edits of `wanted` that give the octets of `found`.
    pub(super) fn explain(&self, wanted: NodeId, found: NodeId) -> Vec<String> {
        let Some(Datum::Octets(target)) = self.state.arena.datum(found) else {
            return Vec::new();
        };
        let mut all = self.variants_of(wanted);
        all.retain(|(_, octets, _)| octets == target);
        let mut hypotheses: Vec<String> = all.into_iter().map(|(edit, ..)| edit).collect();
        hypotheses.sort();
        hypotheses.dedup();
        hypotheses.truncate(4);
        hypotheses
    }

    /// Edits of `wanted` that the signature is one of.
    pub(super) fn explain_signature(
        &self,
        wanted: NodeId,
        key: &[u8],
        signature: &[u8],
    ) -> Vec<String> {
        let mut tried = BTreeSet::new();
        let mut hypotheses = Vec::new();
        // Each costs a verification: what is near the root comes first.
        let mut variants = self.variants_of(wanted);
        variants.sort_by_key(|(.., depth)| *depth);
        for (edit, octets, _) in variants {
            if tried.len() >= SIGNATURES || hypotheses.len() >= 4 {
                break;
            }
            if tried.insert(octets.clone())
                && signature::verify(key, &octets, signature) == Ok(true)
            {
                hypotheses.push(edit);
            }
        }
        hypotheses
    }

    /// Every edit of a term with the octets it gives.
    pub(super) fn variants_of(&self, node: NodeId) -> Vec<Variant> {
        let mut memo = BTreeMap::new();
        self.variants(node, &mut memo).to_vec()
    }

    fn variants<'m>(
        &self,
        node: NodeId,
        memo: &'m mut BTreeMap<NodeId, Vec<Variant>>,
    ) -> &'m [Variant] {
        if !memo.contains_key(&node) {
            let found = self.edits(node, memo);
            memo.insert(node, found);
        }
        memo.get(&node).map_or(&[], Vec::as_slice)
    }

    fn edits(&self, node: NodeId, memo: &mut BTreeMap<NodeId, Vec<Variant>>) -> Vec<Variant> {
        let Shape::Apply(function, arguments) = &self.state.arena.get(node).shape else {
            return Vec::new();
        };
        let computation = match self.symbol(*function) {
            Some(Symbol::Constant(constant)) => return self.other_constants(*function, constant),
            Some(Symbol::Function(Function::Computes(computation))) => computation,
            _ => return Vec::new(),
        };
        let known: Option<Vec<Octets>> = arguments
            .iter()
            .map(|argument| self.state.arena.datum(*argument)?.octets().cloned())
            .collect();
        let Some(known) = known else {
            return Vec::new();
        };
        let mut edits = self.root_edits(*function, computation, &known);
        if *computation == Computation::Concatenation
            && let [left, right] = &**arguments
        {
            edits.extend(self.other_parts(*left, *right, &known));
        }
        for (place, argument) in arguments.iter().enumerate() {
            for (edit, octets, depth) in self.variants(*argument, memo).to_vec() {
                if edits.len() >= LIMIT {
                    return edits;
                }
                let mut changed = known.clone();
                changed[place] = octets;
                if let Some(result) = compute(computation, self.state.hash, &changed) {
                    edits.push((edit, result, depth + 1));
                }
            }
        }
        edits
    }

    /// Another constant of the same kind in this one's place.
    fn other_constants(&self, function: FunId, constant: &Constant) -> Vec<Variant> {
        let name = text::function(self.meaning.program, function);
        match constant {
            Constant::Octets(own) => {
                let mapped = self.meaning.mapping.constants.iter();
                let mapped = mapped.filter_map(|(other, entry)| match &entry.meaning {
                    Constant::Octets(octets) if octets != own => {
                        Some((other.clone(), Octets::from(octets.as_slice())))
                    }
                    _ => None,
                });
                let others = OTHER_LABELS
                    .iter()
                    .map(|label| (format!("\"{label}\""), label.as_bytes().into()));
                mapped
                    .chain(others)
                    .map(|(other, octets)| (format!("{other} in place of {name}"), octets, 0))
                    .collect()
            }
            Constant::Length(length) => {
                let own = match length {
                    Length::Fixed(count) => Some(*count),
                    Length::Hash => self.state.hash.map(Hash::length),
                };
                [16, 32, 48, 64]
                    .into_iter()
                    .filter(|count| Some(*count) != own)
                    .map(|count| {
                        let edit = format!("length {count} in place of {name}");
                        (edit, (count as u64).to_be_bytes()[..].into(), 0)
                    })
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// Edits at the root of a term.
    fn root_edits(
        &self,
        function: FunId,
        computation: &Computation,
        known: &[Octets],
    ) -> Vec<Variant> {
        let name = text::function(self.meaning.program, function);
        let mut edits = Vec::new();
        match (computation, known) {
            (Computation::Hash, [data]) => {
                edits.push((format!("{name}(...) left out"), data.clone(), 0));
                if let Some((other, hash)) = self.other_hash() {
                    edits.push((format!("{other} for {name}"), hash.digest(data), 0));
                }
                for (what, octets) in self.fresh() {
                    if octets != *data
                        && let Some(result) = compute(computation, self.state.hash, &[octets])
                    {
                        let own = if data.is_empty() {
                            "the empty string"
                        } else {
                            "its argument"
                        };
                        edits.push((format!("{name} of {what} in place of {own}"), result, 0));
                    }
                }
            }
            (Computation::SignatureContent { context }, [digest]) => {
                for other in CONTEXTS.into_iter().filter(|other| other != context) {
                    let changed = Computation::SignatureContent {
                        context: other.to_owned(),
                    };
                    if let Some(result) = compute(&changed, self.state.hash, known) {
                        edits.push((format!("context \"{other}\" in {name}"), result, 0));
                    }
                }
                edits.extend(Self::miscounted(name, context, digest));
            }
            (Computation::Concatenation, [left, right]) => {
                edits.push((
                    format!("operands of {name} swapped"),
                    [&**right, left].concat().into(),
                    0,
                ));
                edits.push((format!("left operand of {name} left out"), right.clone(), 0));
                edits.push((format!("right operand of {name} left out"), left.clone(), 0));
            }
            (Computation::HkdfExpandLabel, [secret, label, context, length]) => {
                if let Some((other, hash)) = self.other_hash()
                    && let Some(result) = hash.first_block(secret, label, context, length)
                {
                    let label = String::from_utf8_lossy(label);
                    let edit = format!("{other} for {name} with label \"{label}\"");
                    edits.push((edit, result, 0));
                }
            }
            (Computation::Hmac | Computation::HkdfExtract, [left, right]) => {
                if let Some((other, hash)) = self.other_hash()
                    && let Some(result) = compute(computation, Some(hash), known)
                {
                    edits.push((format!("{other} for {name}"), result, 0));
                }
                let swapped = [right.clone(), left.clone()];
                if let Some(result) = compute(computation, self.state.hash, &swapped) {
                    edits.push((format!("operands of {name} swapped"), result, 0));
                }
            }
            _ => {}
        }
        edits
    }

    /// A part by what was read from it, else by its term.
    fn named(&self, node: NodeId) -> String {
        let octets = self.state.arena.datum(node).and_then(Datum::octets);
        let mut reads = self.state.reads.iter();
        match reads.find(|read| Some(&read.octets) == octets) {
            Some(read) => format!("the {}", read.codec.name()),
            None => self.describe(node),
        }
    }

    /// The hash of the suites of the other hash.
    fn other_hash(&self) -> Option<(&'static str, Hash)> {
        Some(match self.state.hash? {
            Hash::Sha256 => ("SHA-384", Hash::Sha384),
            Hash::Sha384 => ("SHA-256", Hash::Sha256),
        })
    }

    /// What is signed with one octet too few or too many before the digest.
    fn miscounted(name: &str, context: &str, digest: &[u8]) -> Vec<Variant> {
        let content = |spaces: usize, end: &[u8]| {
            let mut all = vec![0x20; spaces];
            all.extend_from_slice(context.as_bytes());
            all.extend_from_slice(end);
            all.extend_from_slice(digest);
            Octets::from(all)
        };
        vec![
            (
                format!("63 spaces in place of 64 in {name}"),
                content(63, &[0]),
                0,
            ),
            (
                format!("65 spaces in place of 64 in {name}"),
                content(65, &[0]),
                0,
            ),
            (
                format!("the zero octet of {name} left out"),
                content(64, &[]),
                0,
            ),
            (
                format!("two zero octets in place of one in {name}"),
                content(64, &[0, 0]),
                0,
            ),
        ]
    }

    /// Parts of a concatenation in another order, and a field of a message where
    /// the message belongs.
    fn other_parts(&self, left: NodeId, right: NodeId, known: &[Octets]) -> Vec<Variant> {
        let mut edits = Vec::new();
        let parts = |node| {
            let (function, arguments) = self.state.arena.apply(node)?;
            let symbol = self.symbol(function);
            let is_concatenation = matches!(
                symbol,
                Some(Symbol::Function(Function::Computes(
                    Computation::Concatenation
                )))
            );
            let [first, second] = *arguments else {
                return None;
            };
            is_concatenation.then_some((first, second))
        };
        let octets = |node| self.state.arena.datum(node).and_then(Datum::octets);
        let mut swapped = |order: [NodeId; 3], moved: [NodeId; 2]| {
            let all: Option<Vec<&[u8]>> =
                order.iter().map(|it| octets(*it).map(|it| &**it)).collect();
            if let Some(all) = all {
                let [one, other] = moved.map(|it| self.named(it));
                edits.push((format!("{one} and {other} swapped"), all.concat().into(), 0));
            }
        };
        if let Some((first, second)) = parts(left) {
            swapped([first, right, second], [second, right]);
        }
        if let Some((first, second)) = parts(right) {
            swapped([first, left, second], [left, first]);
        }
        for (place, whole) in known.iter().enumerate() {
            for read in self.state.reads.iter().filter(|it| it.octets == *whole) {
                for (field, octets) in read.decoded.fields() {
                    let mut changed = known.to_vec();
                    changed[place] = octets.clone();
                    if let Some(result) = compute(&Computation::Concatenation, None, &changed) {
                        let edit =
                            format!("the {field} alone in place of the {}", read.codec.name());
                        edits.push((edit, result, 0));
                    }
                }
            }
        }
        edits
    }

    /// Fresh values of this run and the empty string, as replacements for what
    /// is hashed as a context.
    fn fresh(&self) -> Vec<(String, Octets)> {
        let mut all = vec![("the empty string".to_owned(), Octets::default())];
        for (id, node) in self.state.arena.nodes() {
            if let (Shape::Fresh(_), Some(Datum::Octets(octets))) = (&node.shape, &node.datum) {
                all.push((self.describe(id), octets.clone()));
            }
        }
        all
    }
}
