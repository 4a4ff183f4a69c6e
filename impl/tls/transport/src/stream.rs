//! tokio: anything that reads and writes asynchronously.
//!
//! The core drives rustls itself, as tokio-rustls does, so that Evidence stands
//! between handshake and data in one state machine. An [`AttestedStream`] reads
//! and writes application data; requests of the peer for new Evidence are
//! answered while it is read, and wait at the desk without holding up writes.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use attested::observe::Observe;
use attested::post::{AttestedChannel, AttestedPeer};
use attested::{ApplicationData, Attesting, Endpoint};
use rats::Evidence;
use rustls::pki_types::UnixTime;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time;

use crate::desk::Desk;
use crate::error::Error;
use crate::limits::Limits;

/// Octets of one read.
const READ: usize = 16 * 1024;

type Asking = Pin<Box<dyn Future<Output = Result<Evidence, attested::Error>> + Send>>;

/// An attested connection over its transport.
pub struct AttestedStream<T, C> {
    channel: C,
    transport: T,
    desk: Arc<Desk>,
    limits: Limits,
    asking: Option<Asking>,
    unsent: Vec<u8>,
    /// Octets of `unsent` that were sent already.
    sent: usize,
}

impl<T, C> AttestedStream<T, C>
where
    T: AsyncRead + AsyncWrite + Unpin,
    C: ApplicationData,
{
    /// Runs an endpoint, client or server, until every attestation it owes or
    /// waits for has succeeded. Its Evidence is made behind `desk`.
    ///
    /// # Errors
    /// [`Error::Slow`] when [`Limits::exchange`] has passed;
    /// [`attested::Error::Overloaded`] if the desk is; why the peer was
    /// refused, or refused us. The peer has been told where there was something
    /// to tell.
    pub async fn establish<E>(
        mut endpoint: E,
        mut transport: T,
        desk: &Arc<Desk>,
        limits: &Limits,
    ) -> Result<Self, Error>
    where
        E: Attesting<Channel = C>,
    {
        endpoint.defer_evidence();
        let driven = drive(&mut endpoint, &mut transport, desk, |it| {
            Ok::<_, Error>(it.is_ready())
        });
        in_time(limits, driven).await?;
        match endpoint.into_channel()? {
            Ok(channel) => Ok(Self {
                channel,
                transport,
                desk: Arc::clone(desk),
                limits: *limits,
                asking: None,
                unsent: Vec::new(),
                sent: 0,
            }),
            Err(_) => Err(attested::Error::Truncated.into()),
        }
    }

    /// What is known of the peer.
    pub fn peer(&self) -> &C::Peer {
        self.channel.peer()
    }

    /// Takes what the channel wants sent; sends as much as goes now.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.unsent.extend(self.channel.transmit());
        while self.sent < self.unsent.len() {
            let transport = Pin::new(&mut self.transport);
            let sent = ready!(transport.poll_write(context, &self.unsent[self.sent..]))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += sent;
        }
        self.unsent.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }

    /// As [`Self::poll_send`], but waits only if too much is queued.
    fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.poll_send(context) {
            Poll::Pending if self.unsent.len() - self.sent < self.limits.unsent => {
                Poll::Ready(Ok(()))
            }
            other => other,
        }
    }

    /// One step: Evidence that is due, or one read.
    fn poll_advance(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_room(context))?;
        if self.asking.is_none() {
            let question = self.channel.take_question();
            self.asking = question.map(|it| Box::pin(Arc::clone(&self.desk).ask(it)) as Asking);
        }
        let outcome = if let Some(asking) = &mut self.asking {
            let evidence = ready!(asking.as_mut().poll(context));
            self.asking = None;
            self.channel.answer(evidence)
        } else {
            let mut octets = [0; READ];
            let mut buffer = ReadBuf::new(&mut octets);
            ready!(Pin::new(&mut self.transport).poll_read(context, &mut buffer))?;
            take(&mut self.channel, buffer.filled())
        };
        // What there is to say, about an error too, goes out if it can at once.
        let sent = self.poll_send(context);
        outcome.map_err(Error::from)?;
        match sent {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(())),
        }
    }
}

impl<T, O> AttestedStream<T, AttestedChannel<AttestedPeer, O>>
where
    T: AsyncRead + AsyncWrite + Unpin,
    O: Observe,
{
    /// Has the peer attest again, at time `now`, and waits for the verdict.
    /// Data that arrives meanwhile waits to be read.
    ///
    /// # Errors
    /// [`Error::Slow`]; [`Error::Unread`] if the peer goes on sending data and
    /// does not attest; why it was refused. The connection has ended then.
    pub async fn reattest(&mut self, now: UnixTime) -> Result<(), Error> {
        if let Some(asking) = self.asking.take() {
            self.channel.answer(asking.await)?;
        }
        self.channel.reattest(now)?;
        let unsent = std::mem::take(&mut self.unsent);
        self.transport.write_all(&unsent[self.sent..]).await?;
        self.sent = 0;
        let limit = self.limits.unread;
        let is_done = |channel: &AttestedChannel<AttestedPeer, O>| {
            let unread = channel.available();
            if unread > limit {
                return Err(Error::Unread { unread });
            }
            Ok(!channel.is_reattesting())
        };
        let driven = drive(&mut self.channel, &mut self.transport, &self.desk, is_done);
        in_time(&self.limits, driven).await
    }
}

impl<T, C> AsyncRead for AttestedStream<T, C>
where
    T: AsyncRead + AsyncWrite + Unpin,
    C: ApplicationData + Unpin,
{
    /// Nothing is read only when the peer has closed; a connection cut before
    /// that is an error.
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.channel.available() == 0 && !this.channel.peer_has_closed() {
            ready!(this.poll_advance(context))?;
        }
        let length = this.channel.read(buffer.initialize_unfilled());
        buffer.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl<T, C> AsyncWrite for AttestedStream<T, C>
where
    T: AsyncRead + AsyncWrite + Unpin,
    C: ApplicationData + Unpin,
{
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_room(context))?;
        let part = &data[..data.len().min(this.limits.unsent.max(1))];
        this.channel.write(part).map_err(Error::from)?;
        // It is queued; whether it goes out now or with the next call.
        match this.poll_send(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(part.len())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(context))?;
        Pin::new(&mut this.transport).poll_flush(context)
    }

    /// Tells the peer that no more data follows.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.channel.close();
        ready!(this.poll_send(context))?;
        Pin::new(&mut this.transport).poll_shutdown(context)
    }
}

/// `driven`, or [`Error::Slow`].
pub(crate) async fn in_time<V>(
    limits: &Limits,
    driven: impl Future<Output = Result<V, Error>>,
) -> Result<V, Error> {
    let limit = limits.exchange;
    match time::timeout(limit, driven).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::Slow { limit }),
    }
}

/// Runs `endpoint` over `transport` until `is_done`.
pub(crate) async fn drive<E, T>(
    endpoint: &mut E,
    transport: &mut T,
    desk: &Arc<Desk>,
    is_done: impl Fn(&E) -> Result<bool, Error>,
) -> Result<(), Error>
where
    E: Endpoint,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = vec![0; READ];
    loop {
        send(endpoint, transport).await?;
        if is_done(endpoint)? {
            return Ok(());
        }
        let outcome = match endpoint.take_question() {
            Some(question) => endpoint.answer(Arc::clone(desk).ask(question).await),
            None => {
                let length = transport.read(&mut buffer).await?;
                take(endpoint, &buffer[..length])
            }
        };
        if let Err(error) = outcome {
            // The protocol's error is the one to report; the transport may be
            // gone.
            let _ = send(endpoint, transport).await;
            return Err(error.into());
        }
    }
}

/// One read into the endpoint; an empty one is the end.
fn take(endpoint: &mut impl Endpoint, octets: &[u8]) -> Result<(), attested::Error> {
    if octets.is_empty() {
        endpoint.receive_end()?;
        return Err(attested::Error::Truncated); // closed, but something was awaited
    }
    endpoint.receive(octets)
}

async fn send(
    endpoint: &mut impl Endpoint,
    transport: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    let octets = endpoint.transmit();
    if !octets.is_empty() {
        transport.write_all(&octets).await?;
        transport.flush().await?;
    }
    Ok(())
}
