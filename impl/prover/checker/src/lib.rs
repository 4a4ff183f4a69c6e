//! Re-checks a saturation certificate; small, slow, plain.
//!
//! ```text
//! program text ──pi, horn──▶ initial clauses, goal ─┐
//!                                                    ├─▶ Checked | Refusal
//! certificate ──────load────▶ clause set, reasons ──┘
//! ```
//!
//! The checker translates the program itself and never reads an initial clause
//! or a resolvent from the certificate. It verifies that
//!
//! 1. the certificate is for this program, this query and all its parts, and the
//!    lemmas that it uses are proved before it: [`check`], `parts` and `part`;
//! 2. terms and clauses are well formed, and no clause selects a blocked
//!    hypothesis: `load`;
//! 3. messages are taken apart in no other way than the clauses put them together:
//!    `apart`;
//! 4. every initial clause and the goal clause is covered by the clause set: `cover`,
//!    and one by one `justify`;
//! 5. every resolvent of the set, found by the checker's own enumeration and
//!    unifier, is covered: `closure`;
//! 6. every clause that concludes the goal and selects its conclusion meets the
//!    query, and no two of them can be met by one execution of an injective event:
//!    `goal`.
//!
//! What a clause is covered by is said in the certificate: which clause, and which
//! hypothesis is which. The instance is found by matching these, in order. Why two
//! clauses contradict each other is said step by step. The steps and case distinctions
//! are the same in 4, 5 and 6: `step`. Nothing is searched for but what unifies in 5.
//!
//! In a proof by induction the query itself is among the statements that may be
//! used, and the goal is another one, of which everything that a clause says to have
//! happened came strictly before: see `horn`.
//!
//! By 4 and 5, whatever is derivable from the initial clauses is derivable with
//! clauses that select their conclusion (Blanchet 2016, section 4.2.2, whatever
//! the selection function); by 6 every such derivation of the goal meets the
//! query; and every run of the process makes only derivable facts true, which
//! is the theorem behind `horn`. That theorem, the parser and this crate are
//! the trusted base of a positive verdict.

mod apart;
mod constraints;
mod error;
mod goal;
mod justify;
mod load;
mod part;
mod step;
mod unify;

pub use error::{Place, Reason, Refusal};

use part::{Memory, part};
use pi::Program;
use proof::SaturationCertificate;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What was verified; only [`check`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct Checked {
    /// Index of the query that holds.
    pub query: u32,
    /// Initial clauses covered.
    pub initial: usize,
    /// Resolvents covered.
    pub resolvents: usize,
    /// Solved goal clauses that meet the query.
    pub solved: usize,
}

/// Checks that the certificate proves its query of this program.
///
/// # Errors
///
/// [`Refusal`] names the entry and the rule; the query is then not proved.
pub fn check(program: &Program, certificate: &SaturationCertificate) -> Result<Checked, Refusal> {
    Checker::new(program).check(certificate)
}

/// Checks certificates of one program, and goes once only over what several of
/// them have in common.
#[derive(Debug)]
pub struct Checker<'a> {
    program: &'a Program,
    memory: Memory,
}

impl<'a> Checker<'a> {
    /// Nothing was checked yet.
    #[must_use]
    pub fn new(program: &'a Program) -> Self {
        let memory = Memory::default();
        Self { program, memory }
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &'a Program {
        self.program
    }

    /// As [`check`].
    ///
    /// # Errors
    /// As [`check`]; it makes no difference what was checked before.
    pub fn check(&mut self, certificate: &SaturationCertificate) -> Result<Checked, Refusal> {
        let asked = pi::asked(self.program, certificate.query)
            .map_err(|error| Refusal::Untranslatable(vec![error]))?;
        match asked {
            Cow::Borrowed(program) => with_lemmas(program, certificate, &mut self.memory),
            // Another process, hence other clauses.
            Cow::Owned(program) => with_lemmas(&program, certificate, &mut Memory::default()),
        }
    }
}

fn with_lemmas(
    program: &Program,
    certificate: &SaturationCertificate,
    memory: &mut Memory,
) -> Result<Checked, Refusal> {
    let mut proved = BTreeSet::new();
    for lemma in &certificate.lemmas {
        let earlier = proved.last().is_none_or(|last| *last < lemma.query);
        if !earlier || lemma.query >= certificate.query || !lemma.lemmas.is_empty() {
            return Err(Refusal::NotALemma(lemma.query));
        }
        let _ = whole(program, lemma, &proved, memory)?;
        proved.insert(lemma.query);
    }
    whole(program, certificate, &proved, memory)
}

/// Checks a query, which may use these lemmas: of the program itself, or of one whose
/// nested events carry more.
fn whole(
    program: &Program,
    certificate: &SaturationCertificate,
    proved: &BTreeSet<u32>,
    memory: &mut Memory,
) -> Result<Checked, Refusal> {
    let Some(number) = certificate.carried else {
        return parts(program, certificate, proved, memory);
    };
    let carried = horn::carried(program, certificate.query);
    let program = carried.get(number as usize);
    let program = program.ok_or(Refusal::NotCarried(number))?;
    parts(program, certificate, proved, &mut Memory::default())
}

/// Checks all parts of a query. There may be another way to take it apart, which is
/// enough by itself.
fn parts(
    program: &Program,
    certificate: &SaturationCertificate,
    proved: &BTreeSet<u32>,
    memory: &mut Memory,
) -> Result<Checked, Refusal> {
    let query = certificate.query;
    let mut checked = part(program, certificate, (query, 0), proved, memory)?;
    let first = certificate.inner.first().map(|inner| inner.part);
    let other = horn::other_parts(program, query)
        .into_iter()
        .find(|way| Some(way.start) == first);
    let due = match other {
        Some(way) => way,
        None => 1..horn::parts(program, query).map_err(Refusal::Untranslatable)?,
    };
    let nested = certificate.inner.iter().find(|c| !c.inner.is_empty());
    if due.len() != certificate.inner.len() || nested.is_some() {
        return Err(Refusal::OtherPart(first.unwrap_or(0), due.end));
    }
    for (inner, due) in certificate.inner.iter().zip(due) {
        let more = part(program, inner, (query, due), proved, memory)?;
        checked.initial += more.initial;
        checked.resolvents += more.resolvents;
        checked.solved += more.solved;
    }
    Ok(checked)
}
