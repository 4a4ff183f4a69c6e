//! Certificates that are refused, and why.

mod adversary;
mod bytes;
mod cases;
mod claims;
mod common;
mod induction;
mod lemmas;
mod liars;
mod models;
mod named;
mod random;
mod shared;
mod together;
mod widened;
