//! A session that is going on, followed as it is observed.
//!
//! Fail-closed: a watch says [`Status::Accepts`] once, when the endpoint has
//! accepted and what was observed up to then is a run of the role. Whatever
//! else happens, it never says so: a divergence, a refusal of the model, an
//! observation after the end, too many observations.

use std::{borrow::Cow, sync::Arc};

use event::{
    Kind,
    kind::{Decision, Direction},
    recording::{Observability, Setup},
};

use crate::{
    conform::Gate,
    matching::{Ended, Given, Session},
    report::{Counts, Outcome},
    tier::Tier,
};

/// Observations of one session, at most. The longest honest one has below 60.
const OBSERVATIONS: u64 = 512;

/// Octets of all observations of one session, at most.
const OCTETS: u64 = 1 << 20;

/// Follows one end of one session.
pub struct Watch<'g> {
    session: Option<Session<'g, 'static>>,
    status: Status,
    /// Line the next observation would have in a recording.
    line: u64,
    left: u64,
    octets: u64,
    /// Whether something was sent that is not yet matched.
    sent: bool,
    /// Whether the endpoint has refused by itself.
    refused: bool,
}

/// How far a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The endpoint has accepted, and so does the model.
    Accepts(Counts),
    /// What was observed is the beginning of a run of the role.
    Follows,
    /// It is not, or nobody can say; why, for a reader.
    Stopped(String),
}

impl Gate<'_> {
    /// Follows a session of this role from its beginning; `setup` is what model
    /// and run both take as given, as in a recording.
    ///
    /// # Errors
    /// What is missing, if nothing can be followed.
    pub fn watch(&self, role: &str, setup: &[Setup], tier: Tier) -> Result<Watch<'_>, String> {
        Ok(self.prepare(role, setup, tier)?.watch())
    }

    /// The same for any number of sessions with the same setup: what they have
    /// in common is done once.
    ///
    /// # Errors
    /// What is missing, if nothing can be followed.
    pub fn prepare(&self, role: &str, setup: &[Setup], tier: Tier) -> Result<Prepared<'_>, String> {
        let given = Arc::new(Given::of(setup));
        let how = (Observability::O3, tier);
        let session = Session::new(&self.meaning, role, given, role, 1, how)?;
        if let Some(why) = session.stuck() {
            return Err(why);
        }
        let lines = 1 + setup.len() as u64;
        Ok(Prepared {
            session: Arc::new(session),
            lines,
        })
    }
}

/// The beginning of every session of a role with the same setup.
#[derive(Clone)]
pub struct Prepared<'g> {
    session: Arc<Session<'g, 'static>>,
    /// Of a recording, before its first observation.
    lines: u64,
}

impl<'g> Prepared<'g> {
    /// Follows a session from its beginning.
    #[must_use]
    pub fn watch(&self) -> Watch<'g> {
        Watch {
            session: Some(self.session.again()),
            status: Status::Follows,
            line: self.lines + 1,
            left: OBSERVATIONS,
            octets: OCTETS,
            sent: false,
            refused: false,
        }
    }
}

impl Watch<'_> {
    /// Takes one observation, in the order in which they are made.
    pub fn see(&mut self, kind: Kind) -> &Status {
        if let Status::Accepts(_) = self.status {
            self.stop("something was observed after the endpoint had accepted".into());
        }
        let octets = kind.octets().iter().map(|octets| octets.len()).sum();
        let (left, room) = (self.left.checked_sub(1), self.octets.checked_sub(octets));
        let (Some(left), Some(room)) = (left, room) else {
            return self.stop("there are more observations than any session has".into());
        };
        (self.left, self.octets) = (left, room);
        let line = self.line;
        self.line += 1;
        let decision = match &kind {
            Kind::Decision { what, .. } => Some(*what),
            Kind::Handshake { direction, .. } => {
                self.sent = *direction == Direction::Out;
                None
            }
            _ => None,
        };
        let Some(session) = &mut self.session else {
            return &self.status;
        };
        session.observe(line, Cow::Owned(kind));
        match decision {
            Some(Decision::Accept) => self.accept(),
            Some(_) => {
                self.refused = matches!(self.status, Status::Follows);
                self.stop("the endpoint has refused".into())
            }
            None => self.look(),
        }
    }

    /// What was sent is about to leave: it is matched now, or stopped.
    pub fn settle(&mut self) -> &Status {
        if self.sent
            && let Some(session) = &mut self.session
        {
            self.sent = false;
            session.settle();
        }
        self.look()
    }

    /// Stops the session for a reason of the caller's.
    pub fn refuse(&mut self, why: String) -> &Status {
        self.stop(why)
    }

    /// Whether the endpoint refused by itself while it followed the model: then
    /// there is nothing wrong with what it tells its peer about that.
    pub fn has_refused(&self) -> bool {
        self.refused
    }

    /// How far the session is.
    pub fn status(&self) -> &Status {
        &self.status
    }

    fn look(&mut self) -> &Status {
        if let Some(why) = self.session.as_ref().and_then(Session::stuck) {
            return self.stop(why);
        }
        &self.status
    }

    fn accept(&mut self) -> &Status {
        let Some(judged) = self.session.take().map(Session::close) else {
            return &self.status;
        };
        self.status = match judged.ended {
            Ended::Conforms(Outcome::Accepted) => Status::Accepts(judged.counts),
            Ended::Conforms(_) => Status::Stopped("the model has not accepted".into()),
            Ended::Diverges(divergence) => Status::Stopped(divergence.to_string()),
            Ended::Inconclusive(why) => Status::Stopped(why),
        };
        &self.status
    }

    fn stop(&mut self, why: String) -> &Status {
        self.session = None;
        if !matches!(self.status, Status::Stopped(_)) {
            self.status = Status::Stopped(why);
        }
        &self.status
    }
}
