//! What is asked of formulas in more than one place.

use crate::program::Formula;

impl Formula {
    /// Whether an `==>` stands in it.
    #[must_use]
    pub fn is_nested(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::is_nested),
            Self::Nested(..) => true,
            _ => false,
        }
    }

    /// Whether an `inj-event` stands in it.
    #[must_use]
    pub fn is_injective(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::is_injective),
            Self::Event { injective, .. } => *injective,
            Self::Nested(fact, inner) => fact.is_injective() || inner.is_injective(),
            _ => false,
        }
    }
}
