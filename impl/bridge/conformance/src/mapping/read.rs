//! From TOML to [`Mapping`], every mistake with its line.

use std::collections::BTreeMap;

use event::kind::Protection;
use serde::Deserialize;
use toml::Spanned;

use super::{
    Bound, Computation, Constant, Entry, Function, Gap, GapScope, Length, Mapping, Relation, Role,
    Side, bound::MessageGap,
};
use crate::wire::{Codec, MeasurementClaim};

/// A mapping file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{line}: {what}")]
pub struct MappingError {
    /// The file, as named by the caller.
    pub name: String,
    /// From 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    model: Model,
    role: BTreeMap<String, Spanned<RawRole>>,
    #[serde(default)]
    constant: BTreeMap<String, Spanned<RawConstant>>,
    #[serde(default)]
    function: BTreeMap<String, Spanned<RawFunction>>,
    #[serde(default)]
    event: BTreeMap<String, Spanned<RawEvent>>,
    #[serde(default)]
    given: BTreeMap<String, Spanned<RawGiven>>,
    #[serde(default)]
    gap: BTreeMap<String, Spanned<RawGap>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    file: String,
    profile: String,
    specifications: Vec<String>,
    #[serde(default)]
    compromises: Vec<String>,
    cmw_attestation: u16,
    measurement_claim: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRole {
    side: RawSide,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    exporter: Option<String>,
    appraised: Option<String>,
    produced: Option<(String, String)>,
    #[serde(default)]
    refusals: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    abandons: Vec<String>,
    #[serde(default)]
    never_first: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawSide {
    Client,
    Server,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConstant {
    ascii: Option<String>,
    hex: Option<String>,
    zeros: Option<RawLength>,
    length: Option<RawLength>,
    message: Option<String>,
    setup: Option<String>,
    #[serde(default)]
    generator: bool,
    cite: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawLength {
    Fixed(usize),
    Named(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFunction {
    computes: Option<String>,
    context: Option<String>,
    reads: Option<String>,
    fields: Option<Vec<String>>,
    relates: Option<String>,
    keys: Option<BTreeMap<String, RawKeys>>,
    view: Option<String>,
    statement: Option<String>,
    cite: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKeys {
    client: String,
    server: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEvent {
    cite: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGiven {
    arguments: Vec<String>,
    cite: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGap {
    message: Option<String>,
    observation: Option<String>,
    most: Option<usize>,
    #[serde(default)]
    parts: BTreeMap<String, RawBound>,
    reason: String,
    owner: String,
    #[serde(rename = "cite")]
    _cite: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBound {
    values: Option<Vec<String>>,
    most: Option<usize>,
    same_as: Option<String>,
    among: Option<String>,
    hash_of: Option<String>,
    sha256_of: Option<String>,
    /// Values written as text.
    texts: Option<Vec<String>>,
    codes: Option<Vec<i64>>,
    #[serde(default)]
    required: Vec<i64>,
}

pub(super) fn read(name: &str, text: &str) -> Result<Mapping, MappingError> {
    let line_of = |octet: usize| 1 + text.bytes().take(octet).filter(|b| *b == b'\n').count();
    let file: File = toml::from_str(text).map_err(|error| MappingError {
        name: name.into(),
        line: error.span().map_or(1, |span| line_of(span.start)),
        what: error.message().into(),
    })?;
    let context = Context { name, text };
    Ok(Mapping {
        name: name.into(),
        model: file.model.file,
        profile: file.model.profile,
        specifications: file.model.specifications,
        compromises: file.model.compromises,
        cmw_attestation: file.model.cmw_attestation,
        measurement_claim: MeasurementClaim {
            key: file.model.measurement_claim,
        },
        roles: context.each(file.role, |raw, line| Ok(role(raw, line)))?,
        constants: context.each(file.constant, |raw, line| {
            let cite = raw.cite.clone();
            entry(line, cite, constant(raw))
        })?,
        functions: context.each(file.function, |raw, line| {
            let cite = raw.cite.clone();
            entry(line, cite, function(raw))
        })?,
        events: context.each(file.event, |raw, line| {
            entry(line, raw.cite, Ok(String::new()))
        })?,
        given: context.each(file.given, |raw, line| {
            entry(line, raw.cite, Ok(raw.arguments))
        })?,
        gaps: context.each(file.gap, gap)?,
    })
}

struct Context<'a> {
    name: &'a str,
    text: &'a str,
}

impl Context<'_> {
    fn each<R, T>(
        &self,
        table: BTreeMap<String, Spanned<R>>,
        mut make: impl FnMut(R, usize) -> Result<T, String>,
    ) -> Result<BTreeMap<String, T>, MappingError> {
        table
            .into_iter()
            .map(|(key, raw)| {
                let before = self.text.bytes().take(raw.span().start);
                let line = 1 + before.filter(|b| *b == b'\n').count();
                let made = make(raw.into_inner(), line).map_err(|what| MappingError {
                    name: self.name.into(),
                    line,
                    what: format!("`{key}`: {what}"),
                })?;
                Ok((key, made))
            })
            .collect()
    }
}

fn entry<T>(line: usize, cite: String, meaning: Result<T, String>) -> Result<Entry<T>, String> {
    if cite.trim().is_empty() {
        return Err("`cite` is empty; name the section this meaning comes from".into());
    }
    Ok(Entry {
        line,
        cite,
        meaning: meaning?,
    })
}

fn role(raw: RawRole, line: usize) -> Role {
    Role {
        line,
        side: match raw.side {
            RawSide::Client => Side::Client,
            RawSide::Server => Side::Server,
        },
        parameters: raw.parameters,
        inputs: raw.inputs,
        secrets: raw.secrets,
        exporter: raw.exporter,
        appraised: raw.appraised,
        produced: raw.produced,
        refusals: raw.refusals,
        abandons: raw.abandons,
        never_first: raw.never_first,
    }
}

fn constant(raw: RawConstant) -> Result<Constant, String> {
    let mut meanings = Vec::new();
    if let Some(text) = raw.ascii {
        if !text.is_ascii() {
            return Err("`ascii` holds other characters".into());
        }
        meanings.push(Constant::Octets(text.into_bytes()));
    }
    if let Some(text) = raw.hex {
        meanings.push(Constant::Octets(octets(&text)?));
    }
    if let Some(count) = raw.zeros {
        meanings.push(Constant::Zeros(length(count)?));
    }
    if let Some(count) = raw.length {
        meanings.push(Constant::Length(length(count)?));
    }
    if let Some(name) = raw.message {
        meanings.push(Constant::Message(codec(&name)?));
    }
    if let Some(id) = raw.setup {
        meanings.push(Constant::Setup(id));
    }
    if raw.generator {
        meanings.push(Constant::Generator);
    }
    only(
        meanings,
        "ascii, hex, zeros, length, message, setup, generator",
    )
}

fn length(raw: RawLength) -> Result<Length, String> {
    match raw {
        RawLength::Fixed(count) => Ok(Length::Fixed(count)),
        RawLength::Named(name) if name == "hash" => Ok(Length::Hash),
        RawLength::Named(name) => Err(format!("length `{name}`; a number or \"hash\"")),
    }
}

fn function(raw: RawFunction) -> Result<Function, String> {
    let mut meanings = Vec::new();
    let fields = raw.fields;
    let fields_of = |codec: Codec| -> Result<Vec<String>, String> {
        let fields = fields.clone().ok_or("`fields` is missing")?;
        for field in &fields {
            if !codec.fields().contains(&field.as_str()) {
                let known = codec.fields().join(", ");
                return Err(format!(
                    "`{}` has no field `{field}`; {known}",
                    codec.name()
                ));
            }
        }
        Ok(fields)
    };
    if let Some(name) = raw.computes {
        meanings.push(Function::Computes(computation(
            &name,
            raw.context,
            raw.statement,
        )?));
    }
    if let Some(name) = raw.reads {
        let codec = codec(&name)?;
        meanings.push(Function::Reads {
            codec,
            fields: fields_of(codec)?,
        });
    }
    if let Some(path) = raw.view {
        let (name, member) = path.split_once('.').ok_or("`view` is \"message.field\"")?;
        let codec = codec(name)?;
        if !codec.fields().contains(&member) {
            return Err(format!("`{name}` has no field `{member}`"));
        }
        meanings.push(Function::View {
            codec,
            member: member.into(),
            fields: fields_of(codec)?,
        });
    }
    if let Some(name) = raw.relates {
        meanings.push(Function::Relates(relation(&name, raw.keys)?));
    }
    only(meanings, "computes, reads, view, relates")
}

fn computation(
    name: &str,
    context: Option<String>,
    statement: Option<String>,
) -> Result<Computation, String> {
    if let ("claims_buffer", None, Some(statement)) = (name, &context, &statement) {
        let statement = statement.clone();
        return Ok(Computation::ClaimsBuffer { statement });
    }
    if statement.is_some() {
        return Err("`statement` is for claims_buffer".into());
    }
    let computation = match (name, context) {
        ("claims_buffer", None) => {
            return Err("`statement` is missing: the setup record that says what is stated".into());
        }
        ("concatenation", None) => Computation::Concatenation,
        ("hkdf_expand_label", None) => Computation::HkdfExpandLabel,
        ("hkdf_extract", None) => Computation::HkdfExtract,
        ("hmac", None) => Computation::Hmac,
        ("identity", None) => Computation::Identity,
        ("signature_content", Some(context)) => Computation::SignatureContent { context },
        ("sha256", None) => Computation::Sha256,
        ("suite_hash", None) => Computation::Hash,
        ("signature_content", None) => return Err("`context` is missing".into()),
        _ => {
            return Err(format!(
                "no computation `{name}` with these keys; there are concatenation, \
                 hkdf_expand_label, hkdf_extract, hmac, identity, sha256, suite_hash, \
                 claims_buffer with `statement`, and signature_content with `context`"
            ));
        }
    };
    Ok(computation)
}

fn relation(name: &str, keys: Option<BTreeMap<String, RawKeys>>) -> Result<Relation, String> {
    match (name, keys) {
        ("diffie_hellman", None) => Ok(Relation::DiffieHellman),
        ("record_opening", None) => Ok(Relation::RecordOpening),
        ("record_protection", Some(raw)) => {
            let mut keys = BTreeMap::new();
            for (protection, labels) in raw {
                let protection = match protection.as_str() {
                    "app" => Protection::Application,
                    "ea" => Protection::Authenticator,
                    "hs" => Protection::Handshake,
                    _ => return Err(format!("protection `{protection}`; app, ea or hs")),
                };
                keys.insert((protection, true), labels.client);
                keys.insert((protection, false), labels.server);
            }
            Ok(Relation::RecordProtection { keys })
        }
        ("record_protection", None) => Err("`keys` is missing".into()),
        ("signature", None) => Ok(Relation::Signature),
        ("signature_verification", None) => Ok(Relation::SignatureVerification),
        _ => Err(format!(
            "no relation `{name}` with these keys; there are diffie_hellman, signature, \
             signature_verification, record_opening, and record_protection with `keys`"
        )),
    }
}

fn gap(raw: RawGap, line: usize) -> Result<Gap, String> {
    if raw.reason.trim().is_empty() || raw.owner.trim().is_empty() {
        return Err("a gap has a reason and an owner".into());
    }
    let scope = match (raw.message, raw.observation) {
        (Some(name), None) => {
            let codec = codec(&name)?;
            let mut parts = BTreeMap::new();
            for (part, raw) in raw.parts {
                let bound = bound(raw)?;
                if !bound.is_bound() {
                    return Err(format!("part `{part}` has no bound on its octets"));
                }
                parts.insert(part, bound);
            }
            GapScope::Message(MessageGap { codec, parts })
        }
        (None, Some(kind)) => GapScope::Observation {
            kind,
            most: raw.most.ok_or("`most` is missing: how many in a session")?,
        },
        _ => return Err("a gap has either `message` or `observation`".into()),
    };
    Ok(Gap { line, scope })
}

fn bound(raw: RawBound) -> Result<Bound, String> {
    let mut values = raw
        .values
        .map(|all| {
            all.iter()
                .map(|text| octets(text))
                .collect::<Result<Vec<_>, _>>()
        })
        .transpose()?;
    if let Some(texts) = raw.texts {
        let texts = texts.into_iter().map(String::into_bytes);
        values.get_or_insert_default().extend(texts);
    }
    Ok(Bound {
        values,
        most: raw.most,
        same_as: raw.same_as,
        among: raw.among,
        hash_of: raw.hash_of,
        sha256_of: raw.sha256_of,
        codes: raw.codes,
        required: raw.required,
    })
}

fn codec(name: &str) -> Result<Codec, String> {
    Codec::named(name).ok_or_else(|| {
        let known: Vec<&str> = Codec::names().collect();
        format!("no message `{name}`; there are {}", known.join(", "))
    })
}

fn octets(text: &str) -> Result<Vec<u8>, String> {
    hex::decode(text).map_err(|error| format!("`{text}` is not hex: {error}"))
}

fn only<T>(mut meanings: Vec<T>, known: &str) -> Result<T, String> {
    match (meanings.pop(), meanings.is_empty()) {
        (Some(meaning), true) => Ok(meaning),
        (Some(_), false) => Err(format!("several meanings; keep one of {known}")),
        (None, _) => Err(format!("no meaning; give one of {known}")),
    }
}
