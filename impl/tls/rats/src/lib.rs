//! RATS nouns and acts: Evidence, Attestation Result, CMW, appraisal.

mod cbor;

pub mod cmw;
pub mod media_type;

pub use cbor::{CborError, CborFault};
