//! Application data of a connection that was attested in its handshake.
//!
//! Plain TLS: nothing of this crate is on the wire once the handshake is over,
//! so a peer without it can be at the other end. Invariant: plaintext reaches
//! an application through this file only.

use std::collections::VecDeque;
use std::io::Read;

use crate::endpoint::{ApplicationData, Endpoint};
use crate::error::{ApiMisuse, Error};
use crate::observe::Observe;
use crate::tls::Tls;

/// A connection whose handshake has done what the placement asks; `P` says what
/// is known of the peer.
pub struct TlsChannel<P, O> {
    tls: Tls<O>,
    peer: P,
    inbox: VecDeque<u8>,
}

impl<P, O: Observe> TlsChannel<P, O> {
    pub(crate) fn new(tls: Tls<O>, peer: P, inbox: Vec<u8>) -> Self {
        Self {
            tls,
            peer,
            inbox: inbox.into(),
        }
    }
}

impl<P, O: Observe> Endpoint for TlsChannel<P, O> {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        match self.tls.receive(octets) {
            Ok(plaintext) => {
                self.inbox.extend(plaintext);
                Ok(())
            }
            Err(error) => {
                self.tls.record_failure(&error, "application data");
                Err(error)
            }
        }
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        if self.tls.peer_has_closed() {
            Ok(())
        } else {
            Err(Error::Truncated)
        }
    }

    fn transmit(&mut self) -> Vec<u8> {
        self.tls.transmit()
    }
}

impl<P, O: Observe> ApplicationData for TlsChannel<P, O> {
    type Peer = P;

    fn peer(&self) -> &P {
        &self.peer
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Error> {
        if self.tls.has_failed() {
            return Err(ApiMisuse::AfterFailure.into());
        }
        self.tls.send(data)
    }

    fn read(&mut self, buffer: &mut [u8]) -> usize {
        // Reading from memory does not fail.
        self.inbox.read(buffer).unwrap_or(0)
    }

    fn available(&self) -> usize {
        self.inbox.len()
    }

    fn close(&mut self) {
        self.tls.close();
    }

    fn peer_has_closed(&self) -> bool {
        self.tls.peer_has_closed()
    }
}
