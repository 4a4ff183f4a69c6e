//! Tables of clauses in and clauses out, one file for each rule, and whole
//! saturations.

mod composed;
mod condense;
mod constraints;
mod decompose;
mod derivable;
mod derived;
mod instance;
mod matching;
mod occurrence;
mod saturate;
mod subsumption;
mod text;
mod unification;
mod unused;
