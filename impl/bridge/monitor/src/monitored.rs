//! An endpoint that is stopped where it leaves the model.
//!
//! Invariant: the channel is given out only in [`Status::Accepts`], which nothing
//! but the model's acceptance of all observations brings about; and, with
//! [`Pace::Ahead`], octets leave only after every observation made up to then has
//! been matched.

use attested::{Attesting, Endpoint, Error, Question};
use conformance::{Status, Watch};
use event::Recorder;
use rats::Evidence;

/// When observations are matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Before anything leaves: no message goes out that the model does not send.
    #[default]
    Ahead,
    /// In [`Monitored::follow`], and at the latest before the connection opens: a
    /// message may go out before it is matched, application data may not.
    Behind,
}

/// An endpoint and who follows it.
pub struct Monitored<E> {
    endpoint: E,
    watch: Watch<'static>,
    recorder: Recorder,
    pace: Pace,
}

impl<E> Monitored<E> {
    pub(crate) fn new(endpoint: E, watch: Watch<'static>, recorder: Recorder, pace: Pace) -> Self {
        Self {
            endpoint,
            watch,
            recorder,
            pace,
        }
    }

    /// Matches what has been observed and not yet matched. With [`Pace::Behind`]
    /// it belongs where nothing else is to do: after octets were written and
    /// before the peer has answered. What it finds shows in [`Self::status`] and
    /// in the next call.
    pub fn follow(&mut self) -> &Status {
        // The veto is given where there is a result to put it in.
        drop(self.look());
        self.watch.settle()
    }

    /// How far the model has come.
    pub fn status(&self) -> &Status {
        self.watch.status()
    }

    /// Matches what the endpoint has done.
    fn look(&mut self) -> Result<(), Error> {
        for event in self.recorder.take() {
            self.watch.see(event.kind);
        }
        match self.watch.status() {
            Status::Accepts(_) | Status::Follows => Ok(()),
            Status::Stopped(why) => {
                self.recorder.close();
                Err(Error::Vetoed {
                    reason: why.clone(),
                })
            }
        }
    }

    /// The same, where the pace wants it now; otherwise what is known already.
    fn look_ahead(&mut self) -> Result<(), Error> {
        match (self.pace, self.watch.status()) {
            (Pace::Behind, Status::Accepts(_) | Status::Follows) => Ok(()),
            _ => self.look(),
        }
    }

    fn accepts(&self) -> bool {
        matches!(self.watch.status(), Status::Accepts(_))
    }
}

impl<E: Attesting> Monitored<E> {
    /// The endpoint's own error is the better one: it knows why it refused. An
    /// endpoint that is ready where the model is not is stopped.
    fn after(&mut self, outcome: Result<(), Error>) -> Result<(), Error> {
        let looked = match outcome.is_err() || self.endpoint.is_ready() {
            true => self.look(),
            false => self.look_ahead(),
        };
        outcome.and(looked)?;
        if self.endpoint.is_ready() && !self.accepts() {
            let reason = "the endpoint is ready for data, and the model has not accepted".into();
            self.watch.refuse(reason);
            return self.look();
        }
        Ok(())
    }
}

impl<E: Attesting> Endpoint for Monitored<E> {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.look_ahead()?;
        let outcome = self.endpoint.receive(octets);
        self.after(outcome)
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        let outcome = self.endpoint.receive_end();
        self.after(outcome)
    }

    /// What the model does not send stays here. An endpoint that has refused
    /// may tell its peer why.
    fn transmit(&mut self) -> Vec<u8> {
        let octets = self.endpoint.transmit();
        if self.pace == Pace::Behind && !self.endpoint.is_ready() {
            let goes_on = self.look_ahead().is_ok() || self.watch.has_refused();
            return if goes_on { octets } else { Vec::new() };
        }
        let looked = self.look();
        self.watch.settle();
        match (looked, self.watch.status()) {
            (Ok(()), Status::Accepts(_) | Status::Follows) => octets,
            _ if self.watch.has_refused() => octets,
            _ => Vec::new(),
        }
    }

    fn defer_evidence(&mut self) {
        self.endpoint.defer_evidence();
    }

    fn take_question(&mut self) -> Option<Question> {
        self.endpoint.take_question()
    }

    fn answer(&mut self, evidence: Result<Evidence, Error>) -> Result<(), Error> {
        self.look_ahead()?;
        let outcome = self.endpoint.answer(evidence);
        self.after(outcome)
    }
}

impl<E: Attesting> Attesting for Monitored<E> {
    type Channel = E::Channel;

    fn is_ready(&self) -> bool {
        self.endpoint.is_ready() && self.accepts()
    }

    fn into_channel(mut self) -> Result<Result<Self::Channel, Self>, Error> {
        self.look()?;
        if !self.is_ready() {
            return Ok(Err(self));
        }
        // The model has nothing to say of what follows.
        self.recorder.close();
        let Self {
            endpoint,
            watch,
            recorder,
            pace,
        } = self;
        Ok(endpoint.into_channel()?.map_err(|endpoint| Self {
            endpoint,
            watch,
            recorder,
            pace,
        }))
    }
}
