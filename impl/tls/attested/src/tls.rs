//! The rustls connection under every endpoint: octets in, plaintext out.
//!
//! Plaintext leaves [`Tls::receive`] for the file that called it; who may give
//! it to an application is decided there.

use std::io::{Read, Write};

use event::Kind;
use event::kind::{Decision, Direction};
use rustls::Connection;

use crate::error::{ApiMisuse, Error};
use crate::observe::Observe;

/// A connection and its observer.
pub(crate) struct Tls<O> {
    connection: Connection,
    observer: O,
    has_failed: bool,
    peer_has_closed: bool,
}

impl<O: Observe> Tls<O> {
    pub(crate) fn new(connection: impl Into<Connection>, observer: O) -> Self {
        let mut connection = connection.into();
        // An authenticator is longer than rustls's default of 64 KiB; what we
        // queue is bounded by the frames' caps, or by the application.
        connection.set_buffer_limit(None);
        Self {
            connection,
            observer,
            has_failed: false,
            peer_has_closed: false,
        }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn observer(&mut self) -> &mut O {
        &mut self.observer
    }

    /// Both halves, for what needs them at once.
    pub(crate) fn parts(&mut self) -> (&mut Connection, &mut O) {
        (&mut self.connection, &mut self.observer)
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed
    }

    pub(crate) fn peer_has_closed(&self) -> bool {
        self.peer_has_closed
    }

    /// Takes in TLS octets; returns the plaintext that is whole with them.
    pub(crate) fn receive(&mut self, mut octets: &[u8]) -> Result<Vec<u8>, Error> {
        if self.has_failed {
            return Err(ApiMisuse::AfterFailure.into());
        }
        self.observer.crossing(Direction::In, octets);
        let mut plaintext = Vec::new();
        while !octets.is_empty() {
            let taken = self
                .connection
                .read_tls(&mut octets)
                .map_err(|error| rustls::Error::General(error.to_string()))?;
            self.process(&mut plaintext)?;
            if taken == 0 {
                break; // after close_notify nothing more is read
            }
        }
        Ok(plaintext)
    }

    /// Goes on with octets the connection holds already.
    pub(crate) fn process(&mut self, plaintext: &mut Vec<u8>) -> Result<(), Error> {
        let state = self.connection.process_new_packets()?;
        self.peer_has_closed = state.peer_has_closed();
        let available = state.plaintext_bytes_to_read();
        if available > 0 {
            let start = plaintext.len();
            plaintext.resize(start + available, 0);
            self.connection
                .reader()
                .read_exact(&mut plaintext[start..])
                .map_err(|error| rustls::Error::General(error.to_string()))?;
        }
        Ok(())
    }

    /// Queues plaintext.
    pub(crate) fn send(&mut self, plaintext: &[u8]) -> Result<(), Error> {
        self.connection
            .writer()
            .write_all(plaintext)
            .map_err(|error| rustls::Error::General(error.to_string()).into())
    }

    pub(crate) fn transmit(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        while self.connection.wants_write() {
            // Writing to memory does not fail.
            if self.connection.write_tls(&mut octets).is_err() {
                break;
            }
        }
        if !octets.is_empty() {
            self.observer.crossing(Direction::Out, &octets);
        }
        octets
    }

    pub(crate) fn close(&mut self) {
        self.connection.send_close_notify();
    }

    /// Marks the connection as failed over `error` and records that; whether
    /// this is the first failure.
    pub(crate) fn record_failure(&mut self, error: &Error, at: &'static str) -> bool {
        if self.has_failed {
            return false;
        }
        self.has_failed = true;
        self.observer.observe(Kind::Decision {
            what: Decision::Reject,
            code: error.code().to_owned(),
            at: Some(at.to_owned()),
        });
        true
    }
}
