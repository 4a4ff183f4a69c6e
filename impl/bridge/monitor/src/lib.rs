//! Attested connections that open only where the model accepts.
//!
//! ```text
//!  steps.json ──▶ Monitor ── watch ──▶ Watching ── observer ──▶ endpoint
//!                                         │                        │ what it does
//!                                         └── over ──▶ Monitored ◀─┘
//!                                                         │ the model accepts
//!                                                         ▼
//!                                                   application data
//! ```
//!
//! The endpoint is observed as for a recording, and each observation is matched
//! with the steps of its role as it is made. [`Monitored`] is an
//! [`Attesting`](attested::Attesting) endpoint around another one: it lets
//! nothing out that the model does not send, and opens the door to application
//! data only when the endpoint has accepted and the model has too. Everything
//! else closes it: a divergence, the end of the steps, an error, too many
//! observations. So *a connection that carries data is a run of the model*, at
//! the tier that was chosen and under the gate's assumptions; it can stop a
//! run, never finish one.
//!
//! ```
//! use conformance::{StepFile, Tier};
//! use monitor::Monitor;
//!
//! let mut sources = pi::Sources::default();
//! sources.add(
//!     "ping.pv",
//!     "channel net.
//!      let Client() = in(net, x: bitstring); out(net, x).
//!      process !Client()",
//! );
//! let model = pi::load(sources).program.ok_or("no program")?;
//! let mapping = "model = { file = 'ping.pv', profile = 'post', specifications = [],
//!                          cmw_attestation = 65280, measurement_claim = 273 }
//!                role.Client = { side = 'client' }";
//! let steps = StepFile::compile(&model, "ping.toml", mapping)?;
//! let monitor = Monitor::new(&steps, Tier::Keys)?;
//! assert!(monitor.watch(authenticator::Role::Client, &[]).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it does not do: it follows a connection up to its first acceptance, so
//! that attesting again on it is no longer seen; it needs the setup records of
//! its role beforehand, hence the attestation key of a peer it knows.
//!
//! - [`Monitor`]: compiled once from a step file
//! - [`Prepared`]: the same with what connections have in common
//! - [`Watching`]: one connection's observer
//! - [`Monitored`]: its endpoint
//! - [`Pace`]: whether messages wait for their match, or the opening alone

mod monitored;

use std::fmt;

use attested::observe::Instrument;
use authenticator::Role;
use conformance::{Gate, StepFile, StepFileError, Tier, Watch};
use event::{Recorder, recording::Setup};

pub use monitored::{Monitored, Pace};

/// Steps of a model, ready to follow connections.
#[derive(Clone, Copy)]
pub struct Monitor {
    gate: &'static Gate<'static>,
    tier: Tier,
}

impl Monitor {
    /// Compiles a step file. What it is compiled from is kept for the life of
    /// the process: a monitor is made once, and connections borrow from it.
    ///
    /// # Errors
    /// When the file's steps are not those of its model and mapping.
    pub fn new(steps: &StepFile, tier: Tier) -> Result<Self, StepFileError> {
        let (program, mapping) = steps.open()?;
        let (program, mapping) = (Box::leak(Box::new(program)), Box::leak(Box::new(mapping)));
        let gate = Gate::new(program, mapping).map_err(|findings| StepFileError::OutOfDate {
            why: findings.join("; "),
        })?;
        let gate = Box::leak(Box::new(gate));
        Ok(Self { gate, tier })
    }

    /// Begins to follow a connection at the end of this role; `setup` is what
    /// model and run take as given, the records that a recording would have.
    ///
    /// # Errors
    /// What is missing in it.
    pub fn watch(&self, role: Role, setup: &[Setup]) -> Result<Watching, String> {
        Ok(self.prepare(role, setup)?.watch())
    }

    /// The same for any number of connections that have the setup in common: it
    /// is read once.
    ///
    /// # Errors
    /// What is missing in it.
    pub fn prepare(&self, role: Role, setup: &[Setup]) -> Result<Prepared, String> {
        let name = match role {
            Role::Client => "Client",
            Role::Server => "Server",
        };
        let beginning = self.gate.prepare(name, setup, self.tier)?;
        Ok(Prepared { beginning, role })
    }

    pub fn tier(&self) -> Tier {
        self.tier
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Monitor({:?})", self.tier)
    }
}

/// The beginning of every connection with the same setup.
#[derive(Clone)]
pub struct Prepared {
    beginning: conformance::Prepared<'static>,
    role: Role,
}

impl Prepared {
    /// Begins to follow a connection.
    pub fn watch(&self) -> Watching {
        Watching {
            watch: self.beginning.watch(),
            recorder: Recorder::new(),
            role: self.role,
            pace: Pace::default(),
        }
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({:?})", self.role)
    }
}

/// A connection that has not begun.
pub struct Watching {
    watch: Watch<'static>,
    recorder: Recorder,
    role: Role,
    pace: Pace,
}

impl Watching {
    /// At another pace than [`Pace::Ahead`].
    pub fn at(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// The observer with which the endpoint has to be made.
    pub fn observer(&self) -> Instrument {
        Instrument::new(self.recorder.tap(1, 1), self.role)
    }

    /// The endpoint that was made with [`Self::observer`].
    pub fn over<E>(self, endpoint: E) -> Monitored<E> {
        Monitored::new(endpoint, self.watch, self.recorder, self.pace)
    }
}
