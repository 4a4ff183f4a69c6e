//! How much of a session is computed anew.

/// How much of a session is computed anew; each tier does what the one before
/// it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Order and direction of messages, their encoding, gaps, what was chosen
    /// and echoed, and that the endpoint verified and appraised what the model
    /// verifies. Nothing is hashed: key schedule, MACs and binders are taken
    /// as observed.
    Shape,
    /// Key schedule, MACs, exporters and binders. Signatures are taken as the
    /// endpoint found them, and it has to have found every one of them good.
    Keys,
    /// Signatures too, with the gate's own library.
    Full,
}

impl Tier {
    pub(crate) fn computes(self) -> bool {
        self >= Self::Keys
    }

    pub(crate) fn verifies(self) -> bool {
        self >= Self::Full
    }
}
