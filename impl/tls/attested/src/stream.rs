//! Blocking transports: anything that reads and writes.
//!
//! The transport owns timeouts; one that limits how long a read may take limits
//! how long a slow peer can hold an endpoint. Buffers are bounded by the caps
//! of the frames, whatever the peer's pace.

use std::io::{self, Read, Write};

use rustls::pki_types::UnixTime;

use crate::endpoint::{ApplicationData, Attesting, Endpoint};
use crate::error::Error;
use crate::observe::Observe;
use crate::post::{AttestedChannel, AttestedPeer};

/// The transport failed, or the protocol on it.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    #[error(transparent)]
    Attested(#[from] Error),
    #[error("transport: {0}")]
    Io(#[from] io::Error),
}

impl From<StreamError> for io::Error {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Attested(error) => Self::new(io::ErrorKind::InvalidData, error),
            StreamError::Io(error) => error,
        }
    }
}

/// An attested connection over its transport.
pub struct AttestedStream<T, C> {
    channel: C,
    transport: T,
}

impl<T: Read + Write, C: ApplicationData> AttestedStream<T, C> {
    /// Runs a client until the attestations it waits for have succeeded.
    ///
    /// # Errors
    /// [`StreamError`]; the peer has been told where there was something to
    /// tell.
    pub fn connect(client: impl Attesting<Channel = C>, transport: T) -> Result<Self, StreamError> {
        Self::establish(client, transport)
    }

    /// Runs a server until its client has accepted.
    ///
    /// # Errors
    /// As [`AttestedStream::connect`].
    pub fn accept(server: impl Attesting<Channel = C>, transport: T) -> Result<Self, StreamError> {
        Self::establish(server, transport)
    }

    fn establish<E>(mut endpoint: E, mut transport: T) -> Result<Self, StreamError>
    where
        E: Attesting<Channel = C>,
    {
        drive(&mut endpoint, &mut transport, E::is_ready)?;
        match endpoint.into_channel()? {
            Ok(channel) => Ok(Self { channel, transport }),
            Err(_) => Err(Error::Truncated.into()),
        }
    }

    /// What is known of the peer.
    pub fn peer(&self) -> &C::Peer {
        self.channel.peer()
    }

    /// Tells the peer that no more data follows.
    ///
    /// # Errors
    /// What the transport says.
    pub fn close(&mut self) -> io::Result<()> {
        self.channel.close();
        self.flush()
    }
}

impl<T: Read + Write, O: Observe> AttestedStream<T, AttestedChannel<AttestedPeer, O>> {
    /// Has the peer attest again, at time `now`, and waits for the verdict.
    /// Data that arrives meanwhile waits to be read.
    ///
    /// # Errors
    /// As [`AttestedChannel::reattest`], and why the peer was refused.
    pub fn reattest(&mut self, now: UnixTime) -> Result<(), StreamError> {
        self.channel.reattest(now)?;
        drive(&mut self.channel, &mut self.transport, |channel| {
            !channel.is_reattesting()
        })
    }
}

impl<T: Read + Write, C: ApplicationData> Read for AttestedStream<T, C> {
    /// `Ok(0)` only when the peer has closed; a connection cut before that is
    /// an error.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.channel.available() == 0 && !self.channel.peer_has_closed() {
            if !buffer.is_empty() {
                take(&mut self.channel, &mut self.transport)?;
            } else {
                return Ok(0);
            }
        }
        Ok(self.channel.read(buffer))
    }
}

impl<T: Read + Write, C: ApplicationData> Write for AttestedStream<T, C> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.channel.write(data).map_err(StreamError::from)?;
        flush(&mut self.channel, &mut self.transport)?;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        flush(&mut self.channel, &mut self.transport)?;
        self.transport.flush()
    }
}

/// Runs `endpoint` over `transport` until `is_done`.
fn drive<E: Endpoint>(
    endpoint: &mut E,
    transport: &mut (impl Read + Write),
    is_done: impl Fn(&E) -> bool,
) -> Result<(), StreamError> {
    loop {
        flush(endpoint, transport)?;
        if is_done(endpoint) {
            return Ok(());
        }
        take(endpoint, transport)?;
    }
}

/// One read from the transport into the endpoint. What the endpoint has to say
/// about an error goes out before the error does.
fn take(
    endpoint: &mut impl Endpoint,
    transport: &mut (impl Read + Write),
) -> Result<(), StreamError> {
    let mut buffer = [0; 16 * 1024];
    let length = loop {
        match transport.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other?,
        }
    };
    let outcome = match length {
        0 => match endpoint.receive_end() {
            Ok(()) => Err(Error::Truncated), // closed, but something was awaited
            error => error,
        },
        // No transport reads more than there is room for.
        length => endpoint.receive(buffer.get(..length).unwrap_or(&buffer)),
    };
    match outcome {
        // What has arrived may want an answer, whoever reads next or never.
        Ok(()) => Ok(flush(endpoint, transport)?),
        Err(error) => {
            // The protocol's error is the one to report; the transport may be
            // gone.
            let _ = flush(endpoint, transport);
            Err(error.into())
        }
    }
}

fn flush(endpoint: &mut impl Endpoint, transport: &mut impl Write) -> io::Result<()> {
    let octets = endpoint.transmit();
    if !octets.is_empty() {
        transport.write_all(&octets)?;
        transport.flush()?;
    }
    Ok(())
}
