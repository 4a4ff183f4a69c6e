//! An endpoint in a run, whatever its placement: octets in, octets out, and
//! application data once it is ready for it.

use attested::{ApplicationData as _, Attesting, Endpoint as _, Error};

/// An endpoint as a run has it.
pub trait Player {
    /// Takes octets from the network.
    ///
    /// # Errors
    /// Why it refuses.
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error>;
    /// Octets for the network.
    fn transmit(&mut self) -> Vec<u8>;
    /// Whether it exchanges application data: a client that accepted its peer.
    fn is_ready(&self) -> bool;
    /// Sends application data.
    ///
    /// # Errors
    /// Why it cannot.
    fn write(&mut self, data: &[u8]) -> Result<(), Error>;
    /// Application data that arrived.
    fn read(&mut self) -> Vec<u8>;
}

/// An endpoint, before and after its door to application data opens.
pub struct Seat<E: Attesting>(State<E>);

enum State<E: Attesting> {
    Before(Box<E>),
    After(Box<E::Channel>),
    Gone,
}

impl<E: Attesting> Seat<E> {
    pub fn new(endpoint: E) -> Self {
        Self(State::Before(Box::new(endpoint)))
    }

    fn open(&mut self) -> Result<(), Error> {
        self.0 = match std::mem::replace(&mut self.0, State::Gone) {
            State::Before(endpoint) if endpoint.is_ready() => match endpoint.into_channel()? {
                Ok(channel) => State::After(Box::new(channel)),
                Err(endpoint) => State::Before(Box::new(endpoint)),
            },
            other => other,
        };
        Ok(())
    }
}

impl<E: Attesting> Player for Seat<E> {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        match &mut self.0 {
            State::Before(endpoint) => endpoint.receive(octets),
            State::After(channel) => channel.receive(octets),
            State::Gone => Err(attested::ApiMisuse::AfterFailure.into()),
        }
    }

    fn transmit(&mut self) -> Vec<u8> {
        match &mut self.0 {
            State::Before(endpoint) => endpoint.transmit(),
            State::After(channel) => channel.transmit(),
            State::Gone => Vec::new(),
        }
    }

    fn is_ready(&self) -> bool {
        match &self.0 {
            State::Before(endpoint) => endpoint.is_ready(),
            State::After(_) => true,
            State::Gone => false,
        }
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Error> {
        self.open()?;
        match &mut self.0 {
            State::After(channel) => channel.write(data),
            _ => Err(attested::ApiMisuse::AfterFailure.into()),
        }
    }

    fn read(&mut self) -> Vec<u8> {
        // What was sent too early shows as a refusal when data is written.
        if self.open().is_err() {
            return Vec::new();
        }
        let State::After(channel) = &mut self.0 else {
            return Vec::new();
        };
        let mut data = vec![0; channel.available()];
        let length = channel.read(&mut data);
        data.truncate(length);
        data
    }
}

/// Carries octets between two players until neither has any; what each ended
/// with.
pub fn converse(
    left: &mut dyn Player,
    right: &mut dyn Player,
) -> (Result<(), Error>, Result<(), Error>) {
    let mut outcomes = (Ok(()), Ok(()));
    loop {
        let (forth, back) = (left.transmit(), right.transmit());
        if forth.is_empty() && back.is_empty() {
            return outcomes;
        }
        if !forth.is_empty() && outcomes.1.is_ok() {
            outcomes.1 = right.receive(&forth);
        }
        if !back.is_empty() && outcomes.0.is_ok() {
            outcomes.0 = left.receive(&back);
        }
    }
}
