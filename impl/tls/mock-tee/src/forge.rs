//! Attesters that lie, each in one way, for tests and demonstrations of
//! refusal.

use rats::{
    AttestError, Attester, Challenge, Evidence, Hash,
    cose::{Content, CoseError, Sign1},
};

use crate::machine::Machine;

/// What an Attester does to its Evidence before it sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgery {
    /// Sends the claims without the message that would sign them.
    BareClaims,
    /// Changes a bit of the claims after they were signed.
    Tampered,
    /// Leaves the signature empty.
    Unsigned,
    /// Has another challenge signed than it was asked for, as one who relays or
    /// replays another channel's Evidence does.
    WronglyBound,
}

/// An Attester that commits one [`Forgery`] every time.
#[derive(Clone, Debug)]
pub struct Forger<A> {
    pub attester: A,
    pub forgery: Forgery,
}

impl<A: Attester> Attester for Forger<A> {
    fn attest(&self, challenge: &Challenge, hash: Hash) -> Result<Evidence, AttestError> {
        if self.forgery == Forgery::WronglyBound {
            return self.attester.attest(&other(challenge)?, hash);
        }
        let evidence = self.attester.attest(challenge, hash)?;
        let message = Sign1::decode(&evidence.octets).map_err(failed)?;
        let octets = forge(message, self.forgery);
        Ok(Evidence { octets, ..evidence })
    }
}

/// A signature by the machine's attestation key over any octets at all: what no
/// attesting environment may offer.
pub fn oracle(machine: &Machine, message: &[u8]) -> Vec<u8> {
    machine.sign(message)
}

fn forge(message: Sign1, forgery: Forgery) -> Vec<u8> {
    match forgery {
        Forgery::BareClaims => message.content.payload,
        Forgery::Tampered => {
            let mut payload = message.content.payload;
            if let Some(last) = payload.last_mut() {
                *last ^= 1;
            }
            Sign1 {
                content: Content {
                    payload,
                    ..message.content
                },
                ..message
            }
            .encode()
        }
        Forgery::Unsigned => Sign1 {
            signature: Vec::new(),
            ..message
        }
        .encode(),
        // Done before anything was signed.
        Forgery::WronglyBound => message.encode(),
    }
}

/// A challenge that differs in every bit.
pub(crate) fn other(challenge: &Challenge) -> Result<Challenge, AttestError> {
    let complement: Vec<u8> = challenge.as_slice().iter().map(|octet| !octet).collect();
    Challenge::new(complement).map_err(|error| AttestError::Challenge {
        reason: error.to_string(),
    })
}

fn failed(error: CoseError) -> AttestError {
    AttestError::Failed {
        reason: error.to_string(),
    }
}
