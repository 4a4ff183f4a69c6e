//! Text to an untyped syntax tree.
//!
//! Nothing here knows what an identifier stands for; that is the work of
//! `check`. Parsing never fails: a declaration that cannot be understood is
//! reported and left out, and parsing goes on behind it.

pub(crate) mod lexer;
pub(crate) mod names;
pub(crate) mod nearest;
pub(crate) mod parser;
pub(crate) mod print;
pub(crate) mod tree;
