//! What lies between an endpoint and the attacker.
//!
//! An endpoint joins the network once and is then reached over it: in memory,
//! or over whatever the caller has, a socket for one. The attacker holds the
//! other end of everybody's line, which is what makes it the network.

use crate::player::Player;
use crate::target::SetupError;

/// Lines to endpoints.
pub trait Network {
    /// Puts an endpoint at the far end of a line; what is returned is the near
    /// end.
    ///
    /// # Errors
    /// [`SetupError::Line`]
    fn join(&mut self, player: Box<dyn Player>) -> Result<Box<dyn Player>, SetupError>;
}

/// No distance.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory;

impl Network for Memory {
    fn join(&mut self, player: Box<dyn Player>) -> Result<Box<dyn Player>, SetupError> {
        Ok(player)
    }
}
