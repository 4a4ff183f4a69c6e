//! The desk before the attesting environment: who may ask, how many at once,
//! how often.
//!
//! Hardware signs one quote at a time and takes tens of milliseconds for it.
//! Without a queue a server's threads all wait there and nobody is served; with
//! an endless one the last in the queue waits for ever. At the desk a bounded
//! number waits, in order of arrival and without holding a thread, and whoever
//! comes after that is told at once. A connection has one question open at a
//! time, so that none can fill the queue alone.
//!
//! The Attester is asked on tokio's pool for blocking work. A question whose
//! connection has gone away in the meantime is still worked off, and its place
//! is free only then: the environment is busy, whoever waits.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use attested::{Error, Question};
use rats::{AttestError, Evidence};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::{task, time};

/// How an attesting environment may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Questions it works on at once.
    pub at_once: NonZeroUsize,
    /// Questions at the desk, those it works on included; more are refused.
    pub at_desk: NonZeroUsize,
    /// The least time from one question's beginning to that of the next at the
    /// same place; zero for none.
    pub spacing: Duration,
}

impl Default for Pace {
    /// One at once, 256 at the desk, no spacing: a queue of ten seconds for an
    /// environment that needs 40 ms.
    fn default() -> Self {
        Self {
            at_once: NonZeroUsize::MIN,
            at_desk: NonZeroUsize::MIN.saturating_add(255),
            spacing: Duration::ZERO,
        }
    }
}

/// One attesting environment's queue, shared by all its connections.
#[derive(Debug)]
pub struct Desk {
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    pace: Pace,
}

impl Desk {
    pub fn new(pace: Pace) -> Arc<Self> {
        let semaphore =
            |size: NonZeroUsize| Arc::new(Semaphore::new(size.get().min(Semaphore::MAX_PERMITS)));
        Arc::new(Self {
            places: semaphore(pace.at_once),
            queue: semaphore(pace.at_desk),
            pace,
        })
    }

    /// Waits in the queue, then has the question answered.
    ///
    /// # Errors
    /// [`Error::Overloaded`] at once if the queue is full; [`Error::Attester`].
    pub async fn ask(self: Arc<Self>, question: Question) -> Result<Evidence, Error> {
        self.place().await?.work(move || question.ask()).await?
    }

    /// Waits in the queue for a place.
    ///
    /// # Errors
    /// [`Error::Overloaded`] at once if the queue is full.
    pub(crate) async fn place(self: Arc<Self>) -> Result<Place, Error> {
        let overloaded = |_| Error::Overloaded {
            waiting: self.pace.at_desk.get(),
        };
        let ticket = Arc::clone(&self.queue).try_acquire_owned();
        let ticket = ticket.map_err(overloaded)?;
        // Nobody closes the semaphore.
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Error::Overloaded { waiting: 0 })?;
        Ok(Place {
            ticket,
            place,
            spacing: self.pace.spacing,
        })
    }
}

/// One's turn.
pub(crate) struct Place {
    ticket: OwnedSemaphorePermit,
    place: OwnedSemaphorePermit,
    spacing: Duration,
}

impl Place {
    /// Does what may block, on a thread that may be blocked. The place is free
    /// when that is done, whoever still waits for it.
    ///
    /// # Errors
    /// [`Error::Attester`] if the work ended early.
    pub(crate) async fn work<V: Send + 'static>(
        self,
        work: impl FnOnce() -> V + Send + 'static,
    ) -> Result<V, Error> {
        let Self {
            ticket,
            place,
            spacing,
        } = self;
        let pause = time::sleep(spacing);
        let done = task::spawn_blocking(move || {
            let done = work();
            drop(ticket);
            (done, place)
        });
        let (done, place) = done.await.map_err(|error| AttestError::Failed {
            reason: error.to_string(),
        })?;
        if !spacing.is_zero() {
            task::spawn(async move {
                pause.await;
                drop(place);
            });
        }
        Ok(done)
    }
}
