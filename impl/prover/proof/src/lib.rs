//! Formats only: saturation certificate, derivation, attack trace.
//!
//! A positive verdict comes with a [`SaturationCertificate`], a negative one
//! with an [`attack::AttackTrace`]; a [`Derivation`] is neither.

pub mod attack;
mod bytes;
mod derivation;
mod saturation;

pub use bytes::{BytesError, LIMIT, digest, digest_of, from_bytes, to_bytes};
pub use derivation::{Derivation, DerivationNode, DerivationRule};
pub use saturation::{
    Apart, CertifiedClause, DisequalityNode, Disjunct, End, FactNode, Justification, Piece,
    Resolvent, Same, SaturationCertificate, Scope, Selection, Step, TermNode, VERSION, Way,
    Witness,
};
