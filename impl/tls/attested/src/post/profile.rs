//! What draft-fossati-seat-expat leaves open or has changed between revisions,
//! and both ends must agree on beforehand.

use authenticator::{ExtensionType, Label};

use super::bind::LABEL;
use super::offer::CMW_ATTESTATION;

/// Agreed values of one deployment; the default is draft-fossati-seat-expat-03.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Profile {
    /// Number of the `cmw_attestation` extension, which has none assigned.
    pub cmw_attestation: ExtensionType,
    /// Exporter label of the binder. Revisions differ, so ends of different
    /// revisions refuse each other's Evidence as wrongly bound.
    pub binder_label: Label,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            cmw_attestation: CMW_ATTESTATION,
            binder_label: LABEL,
        }
    }
}
