//! Certificates that are refused, and why.

mod adversary;
mod bytes;
mod common;
mod models;
mod named;
mod random;
