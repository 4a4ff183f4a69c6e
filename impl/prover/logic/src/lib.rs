//! Symbols, hash-consed terms, facts, clauses and substitutions: the nouns
//! that engine and checker share.
//!
//! There is no unification, matching or search here, on purpose: the checker
//! uses these nouns, and a bug in a shared verb would agree with itself.

mod arguments;
mod clause;
mod hashing;
mod moved;
pub mod print;
mod substitution;
mod symbol;
mod term;

pub use arguments::Arguments;
pub use clause::{COMPROMISED, Clause, Disequality, Fact, PHASES, Predicate, phase_of, type_of};
pub use hashing::{Seen, Table};
pub use moved::Moved;
pub use substitution::{Substitution, clause_variables, fact_variables, term_variables};
pub use symbol::{Signature, Symbol, SymbolInfo, SymbolKind};
pub use term::{Store, TermId, Var, Variables, View};
