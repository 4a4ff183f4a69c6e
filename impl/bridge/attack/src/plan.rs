//! The attack plan: a run that the prover replayed, ready to be enacted.
//!
//! A plan says what happens in which order, who does it, and how the attacker
//! computes what it sends. Terms are shared: each is written once, in a table,
//! after the terms it is made of, and everything else names it by its place
//! there. A plan claims nothing; whoever enacts it looks at what came of it.
//!
//! ```json
//! {"format":"attack-plan","version":2,"model":"intra/relay-nonce-key.pv",
//!  "without":null,"only":null,
//!  "query":"G-C1-nameless","says":"…","leaks":["LeakEK"],"reads":41,
//!  "terms":[
//!   {"output":3},
//!   {"project":["CHA",2,0]},
//!   …],
//!  "moves":[
//!   {"sends":{"who":"AnyClient#1","output":3,"message":7}},
//!   …]}
//! ```
//!
//! One term and one move to a line, so that a change reads well. The order of
//! fields and the layout are fixed: the same plan has the same octets.

use serde::{Deserialize, Serialize};

/// Version of the format.
pub const VERSION: u32 = 2;
/// Name of the format.
pub const FORMAT: &str = "attack-plan";
/// Most terms, and most moves, that are read.
const LIMIT: usize = 100_000;

/// Place of a term in the table.
pub type TermId = usize;

/// A run, and what it is a run against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The model, below the folder of the models.
    pub model: String,
    /// The text of the check that is left out of the model first, if one is.
    pub without: Option<String>,
    /// The compromises the attacker may use, by the names that tables have
    /// for them, where that is the question in place of what the query
    /// excuses.
    pub only: Option<Vec<String>>,
    /// Id of the query that the run falsifies.
    pub query: String,
    /// What the query says.
    pub says: String,
    /// The compromises that happen in the run, by the names of their events,
    /// in order, each once.
    pub leaks: Vec<String>,
    /// How the attacker computes what protects the victim's data, if it can.
    pub reads: Option<TermId>,
    /// Every term, after those it is made of.
    pub terms: Vec<Term>,
    /// What happens, in order.
    pub moves: Vec<Move>,
}

/// A term: a message of the run, or how the attacker computes one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Term {
    /// A function applied.
    Apply(String, Vec<TermId>),
    /// A name the attacker made, by number from 0.
    Fresh(u32),
    /// A name an honest party made, and its type.
    Honest(String, String),
    /// A free name.
    Name(String),
    /// What a numbered output sent.
    Output(u32),
    /// A component, from 0, of a term with this function at its head.
    Project(String, u32, TermId),
}

impl Term {
    /// The terms it is made of.
    pub fn parts(&self) -> &[TermId] {
        match self {
            Self::Apply(_, parts) => parts,
            Self::Project(_, _, of) => std::slice::from_ref(of),
            Self::Fresh(_) | Self::Honest(..) | Self::Name(_) | Self::Output(_) => &[],
        }
    }
}

/// Something that happens. Parties go by the role they play and a number,
/// `AnyClient#1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Move {
    /// A party makes a name.
    Creates { who: String, name: TermId },
    /// A party reaches an event; `goal` if it is one the query speaks of.
    Event {
        who: String,
        event: String,
        arguments: Vec<TermId>,
        goal: bool,
    },
    /// The attacker makes a name of a type.
    Makes { fresh: u32, of: String },
    /// A party receives what the attacker computes.
    Receives { who: String, message: TermId },
    /// A party sends; the attacker hears it under a number.
    Sends {
        who: String,
        output: u32,
        message: TermId,
    },
    /// A party takes an entry from a table.
    Takes {
        who: String,
        table: String,
        columns: Vec<TermId>,
    },
}

impl Move {
    /// Who acts; nobody where the attacker is alone.
    pub fn who(&self) -> Option<&str> {
        match self {
            Self::Creates { who, .. }
            | Self::Event { who, .. }
            | Self::Receives { who, .. }
            | Self::Sends { who, .. }
            | Self::Takes { who, .. } => Some(who),
            Self::Makes { .. } => None,
        }
    }
}

/// Why a text is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Not JSON, or not of this shape.
    #[error("the attack plan cannot be read: {0}")]
    Json(String),
    /// Another format, or a version this crate does not read.
    #[error("`{format}` version {version} is not `{FORMAT}` version {VERSION}: make it again")]
    Version { format: String, version: u32 },
    /// A place in the table that does not exist, or not yet.
    #[error("{at} names term {term}, which is not before it")]
    NoTerm { at: String, term: TermId },
    /// More than anybody needs.
    #[error("the plan has {0} terms or moves; {LIMIT} are read")]
    TooLong(usize),
}

impl Plan {
    /// Reads a plan and sees to it that every term is made of earlier ones.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn read(text: &str) -> Result<Self, PlanError> {
        let plan: Self = serde_json::from_str(text).map_err(|e| PlanError::Json(e.to_string()))?;
        if plan.format != FORMAT || plan.version != VERSION {
            return Err(PlanError::Version {
                format: plan.format,
                version: plan.version,
            });
        }
        let longest = plan.terms.len().max(plan.moves.len());
        if longest > LIMIT {
            return Err(PlanError::TooLong(longest));
        }
        for (i, term) in plan.terms.iter().enumerate() {
            if let Some(&term) = term.parts().iter().find(|&&part| part >= i) {
                let at = format!("term {i}");
                return Err(PlanError::NoTerm { at, term });
            }
        }
        for (i, step) in plan.moves.iter().enumerate() {
            let used: &[TermId] = match step {
                Move::Creates { name: term, .. }
                | Move::Receives { message: term, .. }
                | Move::Sends { message: term, .. } => std::slice::from_ref(term),
                Move::Event {
                    arguments: terms, ..
                }
                | Move::Takes { columns: terms, .. } => terms,
                Move::Makes { .. } => &[],
            };
            if let Some(&term) = used.iter().find(|&&term| term >= plan.terms.len()) {
                let at = format!("move {i}");
                return Err(PlanError::NoTerm { at, term });
            }
        }
        match plan.reads {
            Some(term) if term >= plan.terms.len() => Err(PlanError::NoTerm {
                at: "`reads`".to_owned(),
                term,
            }),
            _ => Ok(plan),
        }
    }

    /// The plan as text.
    ///
    /// # Errors
    /// [`PlanError::Json`]; no plan of this type is known to cause one.
    pub fn write(&self) -> Result<String, PlanError> {
        fn json(value: &impl Serialize) -> Result<String, PlanError> {
            serde_json::to_string(value).map_err(|e| PlanError::Json(e.to_string()))
        }
        fn lines(values: &[impl Serialize]) -> Result<String, PlanError> {
            let lines: Result<Vec<_>, _> = values.iter().map(json).collect();
            Ok(lines?.join(",\n  "))
        }
        Ok(format!(
            "{{\"format\":{},\"version\":{},\"model\":{},\n \"without\":{},\"only\":{},\n \"query\":{},\n \"says\":{},\n \
             \"leaks\":{},\n \"reads\":{},\n \"terms\":[\n  {}],\n \"moves\":[\n  {}]}}\n",
            json(&self.format)?,
            self.version,
            json(&self.model)?,
            json(&self.without)?,
            json(&self.only)?,
            json(&self.query)?,
            json(&self.says)?,
            json(&self.leaks)?,
            json(&self.reads)?,
            lines(&self.terms)?,
            lines(&self.moves)?,
        ))
    }

    /// A term in words: functions applied to arguments, outputs as `~1`.
    pub fn print(&self, term: TermId) -> String {
        let list = |parts: &[TermId]| -> String {
            let parts: Vec<_> = parts.iter().map(|&part| self.print(part)).collect();
            parts.join(", ")
        };
        match self.terms.get(term) {
            Some(Term::Apply(f, parts)) if parts.is_empty() => f.clone(),
            Some(Term::Apply(f, parts)) => format!("{f}({})", list(parts)),
            Some(Term::Fresh(n)) => format!("attacker#{}", n + 1),
            Some(Term::Honest(name, _) | Term::Name(name)) => name.clone(),
            Some(Term::Output(n)) => format!("~{}", n + 1),
            Some(Term::Project(_, part, of)) => format!("{}.{}", self.print(*of), part + 1),
            None => "?".to_owned(),
        }
    }

    /// [`Self::print`], cut where it would be longer than a line.
    pub fn sketch(&self, term: TermId) -> String {
        self.sketched(term, 3)
    }

    fn sketched(&self, term: TermId, depth: usize) -> String {
        match self.terms.get(term) {
            Some(Term::Apply(f, parts)) if !parts.is_empty() => {
                if depth == 0 {
                    return format!("{f}(…)");
                }
                let parts: Vec<_> = parts
                    .iter()
                    .map(|&part| self.sketched(part, depth - 1))
                    .collect();
                format!("{f}({})", parts.join(", "))
            }
            Some(Term::Project(_, part, of)) => {
                format!(
                    "{}.{}",
                    self.sketched(*of, depth.saturating_sub(1)),
                    part + 1
                )
            }
            _ => self.print(term),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            format: FORMAT.into(),
            version: VERSION,
            model: "a.pv".into(),
            without: None,
            only: Some(vec!["AK".into()]),
            query: "Q".into(),
            says: "It \"holds\".".into(),
            leaks: vec!["LeakEK".into()],
            reads: Some(2),
            terms: vec![
                Term::Name("net".into()),
                Term::Output(0),
                Term::Apply("f".into(), vec![0, 1]),
                Term::Project("f".into(), 1, 2),
                Term::Honest("k#1".into(), "skey".into()),
            ],
            moves: vec![
                Move::Makes {
                    fresh: 0,
                    of: "random".into(),
                },
                Move::Receives {
                    who: "A#1".into(),
                    message: 3,
                },
            ],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = plan().write().expect("writes");
        assert_eq!(Plan::read(&text), Ok(plan()));
        assert_eq!(plan().print(3), "f(net, ~1).2");
        let again = Plan::read(&text).expect("reads").write();
        assert_eq!(again.expect("writes"), text);
    }

    #[test]
    fn refuses_terms_made_of_later_ones_and_other_versions() {
        let mut later = plan();
        later.terms[1] = Term::Apply("f".into(), vec![2]);
        let text = later.write().expect("writes");
        assert!(matches!(
            Plan::read(&text),
            Err(PlanError::NoTerm { term: 2, .. })
        ));
        let mut other = plan();
        other.version = 1;
        let text = other.write().expect("writes");
        assert!(matches!(Plan::read(&text), Err(PlanError::Version { .. })));
        assert!(matches!(Plan::read("{}"), Err(PlanError::Json(_))));
        let mut beyond = plan();
        beyond.reads = Some(5);
        let text = beyond.write().expect("writes");
        assert!(matches!(Plan::read(&text), Err(PlanError::NoTerm { .. })));
    }
}
