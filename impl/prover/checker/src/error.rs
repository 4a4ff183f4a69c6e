//! Why a certificate is refused: which entry, which rule, and what is wrong.

use pi::Diagnostic;
use std::fmt;

/// A refusal. The certificate proves nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Some term, fact, clause or index is not well formed.
    #[error("malformed certificate: {what}")]
    Malformed {
        /// What is wrong, with its index.
        what: String,
    },
    /// The query index does not exist in the program.
    #[error("the certificate is for query {query}, but the program has {count}")]
    NoSuchQuery {
        /// Index in the certificate.
        query: u32,
        /// Queries in the program.
        count: usize,
    },
    /// The certificate does not have the parts of the query.
    #[error("the certificate is for part {found} of the query where part {wanted} is due")]
    OtherPart {
        /// Part in the certificate, or how many there are if one is missing.
        found: u32,
        /// The part that is due.
        wanted: u32,
    },
    /// The certificate of a lemma is none, or not where it belongs.
    #[error("a certificate stands for query {query}, where that of an earlier lemma is due")]
    NotALemma {
        /// Query in the certificate.
        query: u32,
    },
    /// There is no such program whose events carry more.
    #[error("no program with this query has nested events that carry more, number {number}")]
    NotCarried {
        /// Which one the certificate asks for.
        number: u32,
    },
    /// It claims a proof by induction of what is no statement about events.
    #[error("query {query} is not one that can be proved by induction")]
    NotInductive {
        /// Query in the certificate.
        query: u32,
    },
    /// Made for another program text.
    #[error("the certificate was made for a different program text")]
    OtherProgram,
    /// The checker cannot translate the program or the query itself.
    #[error("the program or query cannot be translated: {}", first(.0))]
    Untranslatable(Vec<Diagnostic>),
    /// An entry is missing or does not justify what it has to.
    #[error("{place}: {reason}")]
    Unjustified {
        /// Which entry.
        place: Place,
        /// What is wrong.
        reason: Reason,
    },
    /// Another format.
    #[error("certificate format {found}, this checker reads {}", proof::VERSION)]
    Version {
        /// Version in the certificate.
        found: u32,
    },
}

/// Which entry of the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// How messages are taken apart.
    Apart {
        /// The symbol.
        entry: u32,
        /// The part of the message in the conclusion of some clause.
        piece: u32,
    },
    /// A clause.
    Clause(u32),
    /// The resolvent of two clauses.
    Closure {
        /// Clause with the selected hypothesis.
        left: u32,
        /// Clause with the selected conclusion.
        right: u32,
    },
    /// The cover of an initial clause.
    Cover(u32),
    /// The witness of a solved goal clause.
    Witness(u32),
    /// The witnesses of two solved goal clauses, for injectivity.
    Witnesses {
        /// One.
        first: u32,
        /// The other, or the same.
        second: u32,
    },
}

impl Place {
    /// The refusal of this entry.
    pub(crate) fn lacks(self, reason: Reason) -> Refusal {
        let place = self;
        Refusal::Unjustified { place, reason }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apart { entry, piece } => {
                write!(f, "taking apart, entry {entry}, piece {piece}")
            }
            Self::Clause(n) => write!(f, "clause {n}"),
            Self::Closure { left, right } => write!(f, "resolvent of {left} with {right}"),
            Self::Cover(n) => write!(f, "cover of initial clause {n}"),
            Self::Witness(n) => write!(f, "witness of goal clause {n}"),
            Self::Witnesses { first, second } => {
                write!(f, "witnesses of goal clauses {first} and {second}")
            }
        }
    }
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A bound existential is not one, or a variable of the conclusion is
    /// neither fixed by the premise nor existential.
    #[error("a binding concerns a variable that is not existential")]
    BadBinding,
    /// A blocked hypothesis is selected.
    #[error("a blocked hypothesis is selected")]
    BlockedSelected,
    /// `Cases`: there are more or fewer than the statement has.
    #[error("the cases are not those of the statement")]
    CaseMissing,
    /// `Void`: hypotheses and constraints may be true.
    #[error("what is said never to be true may be")]
    ConstraintHolds,
    /// An entry for something that needs none.
    #[error("there is nothing here to justify")]
    Extra,
    /// An equality of the disjunct does not hold.
    #[error("an equality of the disjunct does not hold")]
    EqualityFails,
    /// A disequality of the disjunct does not follow.
    #[error("a disequality of the disjunct does not follow")]
    DisequalityFails,
    /// A fact of the disjunct is not among the hypotheses.
    #[error("a fact of the disjunct is not among the hypotheses")]
    FactMissing,
    /// No statement with this index may be used.
    #[error("no lemma, axiom or restriction with this index may be used")]
    NoSuchLemma,
    /// A hypothesis named is not an instance of the premise.
    #[error("a hypothesis named is not an instance of the premise")]
    PremiseMissing,
    /// There is no entry.
    #[error("no entry")]
    Missing,
    /// Two instances of the premise may be met by one execution.
    #[error("different executions of the premise may be met by one of the conclusion")]
    NotInjective,
    /// A message is not known to be taken apart, or a fact is derived by a clause
    /// that may not be used for it.
    #[error("no clause that may be used here stands for it")]
    NotStanding,
    /// A case meets an injective event, so that nothing compares it with the
    /// others.
    #[error("a case meets an injective event")]
    InjectiveOmitted,
    /// The step or end does not apply to this clause.
    #[error("the step does not apply")]
    NotApplicable,
    /// The clause named does not subsume.
    #[error("the clause named does not subsume it")]
    NotSubsumed,
    /// A term is nested more deeply than the checker follows.
    #[error("a term is nested too deeply")]
    TooDeep,
    /// No such disjunct.
    #[error("no such disjunct")]
    NoSuchDisjunct,
}

fn first(diagnostics: &[Diagnostic]) -> &str {
    diagnostics.first().map_or("", |d| &d.message)
}
