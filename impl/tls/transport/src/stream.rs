//! tokio: anything that reads and writes asynchronously.
//!
//! The core drives rustls itself, as tokio-rustls does, so that Evidence stands
//! between handshake and data in one state machine. An [`AttestedStream`] reads
//! and writes application data; requests of the peer for new Evidence are
//! answered while it is read, and wait at the desk without holding up writes.

use std::future::{Future, poll_fn};
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
    outbox: Outbox,
    /// Whether an attestation that was asked for failed.
    has_given_up: bool,
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
        let driven = drive(&mut endpoint, &mut transport, desk, limits, E::is_ready);
        let outbox = in_time(limits, driven).await?;
        Self::open(endpoint, transport, outbox, desk, limits)
    }

    /// As [`Self::establish`], for endpoints that ask their attesting environment
    /// inside `receive`, as those of
    /// [`intra::experimental`](attested::intra::experimental) must: whatever
    /// arrives before the door opens is taken in on tokio's pool for blocking
    /// work, at a place of `desk`. So a slow environment holds up this connection
    /// and those that wait for a place, and nobody else.
    ///
    /// # Errors
    /// As [`Self::establish`]; where the desk is overloaded, the peer is told
    /// nothing, and the transport is closed.
    pub async fn establish_apart<E>(
        endpoint: E,
        transport: T,
        desk: &Arc<Desk>,
        limits: &Limits,
    ) -> Result<Self, Error>
    where
        E: Attesting<Channel = C> + Send + 'static,
    {
        let driven = drive_apart(endpoint, transport, desk);
        let (endpoint, transport) = in_time(limits, driven).await?;
        Self::open(endpoint, transport, Outbox::default(), desk, limits)
    }

    fn open<E>(
        endpoint: E,
        transport: T,
        outbox: Outbox,
        desk: &Arc<Desk>,
        limits: &Limits,
    ) -> Result<Self, Error>
    where
        E: Attesting<Channel = C>,
    {
        match endpoint.into_channel()? {
            Ok(channel) => Ok(Self {
                channel,
                transport,
                desk: Arc::clone(desk),
                limits: *limits,
                asking: None,
                outbox,
                has_given_up: false,
            }),
            Err(_) => Err(attested::Error::Truncated.into()),
        }
    }

    /// What is known of the peer.
    pub fn peer(&self) -> &C::Peer {
        self.channel.peer()
    }

    /// Takes what the channel wants sent, and sends it.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (channel, transport) = (&mut self.channel, &mut self.transport);
        self.outbox.poll_send(channel, transport, context)
    }

    fn check_open(&self) -> Result<(), Error> {
        if self.has_given_up {
            return Err(Error::GivenUp);
        }
        Ok(())
    }

    /// As [`Self::poll_send`], but waits only if too much is queued.
    fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.poll_send(context) {
            Poll::Pending if self.outbox.length() < self.limits.unsent => Poll::Ready(Ok(())),
            other => other,
        }
    }

    /// One step: Evidence that is due, or one read.
    fn poll_advance(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.check_open()?;
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
        outcome?;
        match sent {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
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
    /// Cancel safe: what is under way is kept in the stream, not in the future.
    /// Whoever drops the future leaves a request out, which reading goes on to
    /// take the answer of, and a refusal then ends the connection as it would
    /// have here. A later call waits for that answer first and asks anew, so
    /// that its verdict is about Evidence made since it was called.
    ///
    /// # Errors
    /// [`Error::Slow`]; [`Error::Unread`] if the peer goes on sending data and
    /// does not attest; why it was refused. The connection has ended then, and
    /// every later call says [`Error::GivenUp`].
    pub async fn reattest(&mut self, now: UnixTime) -> Result<(), Error> {
        self.check_open()?;
        let limits = self.limits;
        let asking = in_time(&limits, async {
            self.answered().await?;
            self.channel.reattest(now)?;
            self.answered().await
        });
        let outcome = asking.await;
        if outcome.is_err() {
            self.has_given_up = true;
            // The peer is told, if it takes in what it is told in time; the
            // reason to report is the one there is.
            let _ = in_time(&limits, async {
                Ok(poll_fn(|context| self.poll_send(context)).await?)
            })
            .await;
        }
        outcome
    }

    /// Whether a request is out that the peer has not answered.
    pub fn is_reattesting(&self) -> bool {
        self.channel.is_reattesting()
    }

    /// Waits until no request is out. Dropping it loses nothing.
    async fn answered(&mut self) -> Result<(), Error> {
        poll_fn(|context| {
            while self.channel.is_reattesting() {
                let unread = self.channel.available();
                if unread > self.limits.unread {
                    return Poll::Ready(Err(Error::Unread { unread }));
                }
                ready!(self.poll_advance(context))?;
            }
            Poll::Ready(Ok(()))
        })
        .await
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
        this.check_open()?;
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
        this.check_open()?;
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

/// What waits to be sent. What has gone out is noted as it goes, so that giving
/// up in between neither repeats nor loses octets.
#[derive(Default)]
pub(crate) struct Outbox {
    octets: Vec<u8>,
    sent: usize,
}

impl Outbox {
    fn length(&self) -> usize {
        self.octets.len() - self.sent
    }

    /// Takes what `endpoint` wants sent, and sends all there is.
    fn poll_send<T: AsyncWrite + Unpin>(
        &mut self,
        endpoint: &mut impl Endpoint,
        transport: &mut T,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.octets.extend(endpoint.transmit());
        while let Some(unsent @ [_, ..]) = self.octets.get(self.sent..) {
            match ready!(Pin::new(&mut *transport).poll_write(context, unsent))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => self.sent += sent,
            }
        }
        self.octets.clear();
        self.sent = 0;
        Pin::new(transport).poll_flush(context)
    }

    pub(crate) fn into_unsent(mut self) -> Vec<u8> {
        self.octets.split_off(self.sent)
    }
}

/// Runs `endpoint` over `transport` until `is_done`; what is left to send then
/// comes back. It reads while it sends, or two ends with much to say would wait
/// for each other.
pub(crate) async fn drive<E, T>(
    endpoint: &mut E,
    transport: &mut T,
    desk: &Arc<Desk>,
    limits: &Limits,
    is_done: impl Fn(&E) -> bool,
) -> Result<Outbox, Error>
where
    E: Endpoint,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut outbox = Outbox::default();
    let mut asking: Option<Asking> = None;
    let mut octets = vec![0; READ];
    let driven = poll_fn(|context| {
        loop {
            let sent = outbox.poll_send(endpoint, transport, context);
            if is_done(endpoint) {
                return Poll::Ready(Ok(()));
            }
            match sent {
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                // Nobody makes us queue more before this has gone out.
                Poll::Pending if outbox.length() > limits.unsent => return Poll::Pending,
                _ => {}
            }
            let question = asking.is_none().then(|| endpoint.take_question());
            if let Some(question) = question.flatten() {
                asking = Some(Box::pin(Arc::clone(desk).ask(question)));
            }
            if let Some(asked) = &mut asking {
                let evidence = ready!(asked.as_mut().poll(context));
                asking = None;
                endpoint.answer(evidence)?;
            } else {
                let mut buffer = ReadBuf::new(&mut octets);
                ready!(Pin::new(&mut *transport).poll_read(context, &mut buffer))?;
                take(endpoint, buffer.filled())?;
            }
        }
    });
    let outcome: Result<(), Error> = driven.await;
    if let Err(error) = outcome {
        // The protocol's error is the one to report; the transport may be gone.
        let _ = poll_fn(|context| outbox.poll_send(endpoint, transport, context)).await;
        return Err(error);
    }
    Ok(outbox)
}

/// As [`drive`] until the endpoint is ready, on threads that may be blocked.
async fn drive_apart<E, T>(
    mut endpoint: E,
    mut transport: T,
    desk: &Arc<Desk>,
) -> Result<(E, T), Error>
where
    E: Attesting + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = vec![0; READ];
    loop {
        send(&mut endpoint, &mut transport).await?;
        if endpoint.is_ready() {
            return Ok((endpoint, transport));
        }
        let length = transport.read(&mut buffer).await?;
        let octets = buffer.get(..length).unwrap_or_default().to_vec();
        let work = move || {
            let outcome = take(&mut endpoint, &octets);
            (endpoint, outcome)
        };
        let outcome;
        (endpoint, outcome) = Arc::clone(desk).place().await?.work(work).await?;
        if let Err(error) = outcome {
            let _ = send(&mut endpoint, &mut transport).await; // as in `drive`
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
