//! Anything that blocks while it reads and writes, with a deadline.
//!
//! [`attested::AttestedStream`] is the adapter. A limit on each read alone does
//! not stop a peer that sends an octet whenever it is about to run out, so
//! [`Timed`] measures the whole exchange. Clock and transport are the caller's.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use attested::{AttestedStream, Attesting, StreamError};

use crate::error::Error;
use crate::limits::Limits;

/// A transport that can be told how long a read or a write may block.
pub trait Patience: Read + Write {
    /// From now on reads and writes fail with [`io::ErrorKind::WouldBlock`] or
    /// [`io::ErrorKind::TimedOut`] if nothing has happened for `limit`, which
    /// is not zero.
    ///
    /// # Errors
    /// What the transport says.
    fn wait_at_most(&mut self, limit: Duration) -> io::Result<()>;
}

/// A transport whose exchange must be over in time.
#[derive(Debug)]
pub struct Timed<T, N> {
    transport: T,
    /// Time since any fixed moment.
    clock: N,
    deadline: Duration,
    /// Of a single read or write, once the exchange is over.
    idle: Duration,
    is_over: Arc<AtomicBool>,
}

impl<T: Patience, N: Fn() -> Duration> Timed<T, N> {
    fn prepare(&mut self) -> io::Result<()> {
        let limit = if self.is_over.load(Ordering::Relaxed) {
            self.idle
        } else {
            let left = self.deadline.saturating_sub((self.clock)());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            left.min(self.idle)
        };
        self.transport.wait_at_most(limit)
    }
}

impl<T: Patience, N: Fn() -> Duration> Read for Timed<T, N> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.prepare()?;
        self.transport.read(buffer)
    }
}

impl<T: Patience, N: Fn() -> Duration> Write for Timed<T, N> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.prepare()?;
        self.transport.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.transport.flush()
    }
}

/// What [`establish`] makes.
pub type Stream<T, N, C> = AttestedStream<Timed<T, N>, C>;

/// Runs an endpoint, client or server, until every attestation it owes or waits
/// for has succeeded. `clock` tells the time since any fixed moment; `idle`
/// bounds single reads and writes, during the exchange and after.
///
/// # Errors
/// [`Error::Slow`] when [`Limits::exchange`] or `idle` has passed; otherwise as
/// [`AttestedStream::connect`].
pub fn establish<E: Attesting, T: Patience, N: Fn() -> Duration>(
    endpoint: E,
    transport: T,
    clock: N,
    idle: Duration,
    limits: &Limits,
) -> Result<Stream<T, N, E::Channel>, Error> {
    let is_over = Arc::new(AtomicBool::new(false));
    let transport = Timed {
        deadline: clock().saturating_add(limits.exchange),
        transport,
        clock,
        idle: idle.max(Duration::from_millis(1)),
        is_over: Arc::clone(&is_over),
    };
    // Client and server are driven alike.
    match AttestedStream::connect(endpoint, transport) {
        Ok(stream) => {
            is_over.store(true, Ordering::Relaxed);
            Ok(stream)
        }
        Err(StreamError::Io(error))
            if matches!(
                error.kind(),
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
            ) =>
        {
            Err(Error::Slow {
                limit: limits.exchange.min(idle),
            })
        }
        Err(error) => Err(error.into()),
    }
}
