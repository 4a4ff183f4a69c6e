//! From a QUIC connection to an attested one, and what goes on beside its
//! application data.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attested::observe::Observe;
use attested::post::{AttestedChannel, AttestedPeer, KeyingMaterial, RelyingPeer, Witness};
use attested::{ApiMisuse, ApplicationData, Attesting, Endpoint};
use quinn::{ConnectionError, RecvStream, SendStream, VarInt};
use rustls::AlertDescription;
use rustls::pki_types::UnixTime;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time;

use super::keying::Exporter;
use super::stream::Stream;
use crate::desk::Desk;
use crate::error::Error;
use crate::limits::Limits;
use crate::stream::{drive, in_time};

/// Application streams of each kind that a peer may have open, once attested.
const STREAMS: u32 = 100;
/// Application error code of a connection that ended over TLS alert 0; others
/// follow.
const ALERTS: u32 = 0x100;
/// Application error code of a connection that was closed in peace.
const CLOSED: u32 = 0;

/// The observer of an endpoint over QUIC; `Box::new(())` observes nothing.
pub type Tap = Box<dyn Observe + Send>;

/// Who opens the stream of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    Peer,
    Us,
}

/// A QUIC connection on which attestation has succeeded: where streams for
/// application data are opened and accepted. `P` is what is known of the peer.
///
/// Dropping it closes the connection.
pub struct AttestedConnection<P: KnownPeer> {
    connection: quinn::Connection,
    exchange: Arc<Exchange<P>>,
    tending: JoinHandle<()>,
    limits: Limits,
}

/// [`AttestedPeer`] or [`RelyingPeer`].
pub trait KnownPeer: Sized + Send + 'static {
    /// The core's channel with such a peer.
    type Channel: ApplicationData<Peer = Self> + Send;

    /// [`AttestedChannel::stands_on`].
    fn stands_on(channel: &Self::Channel, witness: &Witness) -> bool;
}

impl KnownPeer for AttestedPeer {
    type Channel = AttestedChannel<Self, Tap>;

    fn stands_on(channel: &Self::Channel, witness: &Witness) -> bool {
        channel.stands_on(witness)
    }
}

impl KnownPeer for RelyingPeer {
    type Channel = AttestedChannel<Self, Tap>;

    fn stands_on(channel: &Self::Channel, witness: &Witness) -> bool {
        channel.stands_on(witness)
    }
}

struct Exchange<P: KnownPeer> {
    channel: Mutex<P::Channel>,
    /// Held while octets go out, so that they do in order.
    sending: tokio::sync::Mutex<Outgoing>,
    /// Counts what has arrived; the reason, when the exchange has ended.
    progress: watch::Sender<Option<attested::Error>>,
}

/// Our half of the stream, and what is left to send on it.
struct Outgoing {
    stream: SendStream,
    unsent: Vec<u8>,
}

impl<P: KnownPeer> Exchange<P> {
    fn channel(&self) -> MutexGuard<'_, P::Channel> {
        // Nothing panics under the lock; a channel that failed says so itself.
        self.channel.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what is queued. What has not gone out when it is dropped goes out
    /// with the next call.
    async fn send(&self) -> Result<(), Error> {
        let mut outgoing = self.sending.lock().await;
        let Outgoing { stream, unsent } = &mut *outgoing;
        unsent.extend(self.channel().transmit());
        while !unsent.is_empty() {
            let sent = stream.write(unsent).await.map_err(write_error)?;
            unsent.drain(..sent);
        }
        Ok(())
    }

    /// Reads what the peer sends, answers its requests.
    async fn tend(&self, mut receiving: RecvStream, desk: &Arc<Desk>) -> Result<(), Error> {
        loop {
            let question = self.channel().take_question();
            let outcome = match question {
                Some(question) => {
                    let evidence = Arc::clone(desk).ask(question).await;
                    self.channel().answer(evidence)
                }
                None => match receiving.read_chunk(16 * 1024, true).await {
                    Ok(Some(chunk)) => self.channel().receive(&chunk.bytes),
                    Ok(None) => self.channel().receive_end(),
                    Err(error) => return Err(read_error(error)),
                },
            };
            self.send().await?;
            outcome?;
            let channel = self.channel();
            if channel.available() > 0 {
                // Data has streams of its own.
                let kind = attested::FrameKind::ApplicationData;
                let awaiting = "request or authenticator";
                let error = attested::PeerMisbehaved::UnexpectedFrame { kind, awaiting };
                return Err(attested::Error::from(error).into());
            }
            let is_over = channel.peer_has_closed();
            drop(channel);
            self.progress.send_modify(|_| {});
            if is_over {
                return Ok(());
            }
        }
    }
}

impl Exchange<AttestedPeer> {
    /// Waits until no request is out. Dropping it loses nothing, since it is
    /// [`Self::tend`] that takes the answer.
    async fn answered(
        &self,
        progress: &mut watch::Receiver<Option<attested::Error>>,
    ) -> Result<(), Error> {
        while self.channel().is_reattesting() {
            let changed = progress.changed().await;
            let ended = progress.borrow().clone();
            match (ended, changed) {
                (Some(error), _) => return Err(error.into()),
                (None, Ok(())) => {}
                (None, Err(_)) => return Err(attested::Error::Truncated.into()),
            }
        }
        Ok(())
    }
}

impl<P: KnownPeer> AttestedConnection<P> {
    /// Looks at what is known of the peer, as the latest attestation left it.
    pub fn with_peer<V>(&self, look: impl FnOnce(&P) -> V) -> V {
        look(self.exchange.channel().peer())
    }

    /// Opens a bidirectional stream, as one value.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub async fn open(&self) -> Result<Stream, Error> {
        Ok(Stream::new(self.open_bi().await?))
    }

    /// Waits for a bidirectional stream of the peer's, as one value.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub async fn accept(&self) -> Result<Stream, Error> {
        Ok(Stream::new(self.accept_bi().await?))
    }

    /// Opens a bidirectional stream.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub async fn open_bi(&self) -> Result<(SendStream, RecvStream), Error> {
        self.connection.open_bi().await.map_err(|it| self.why(it))
    }

    /// Waits for a bidirectional stream of the peer's.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub async fn accept_bi(&self) -> Result<(SendStream, RecvStream), Error> {
        self.connection.accept_bi().await.map_err(|it| self.why(it))
    }

    /// Opens a unidirectional stream.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub async fn open_uni(&self) -> Result<SendStream, Error> {
        self.connection.open_uni().await.map_err(|it| self.why(it))
    }

    /// Waits for a unidirectional stream of the peer's.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub async fn accept_uni(&self) -> Result<RecvStream, Error> {
        self.connection
            .accept_uni()
            .await
            .map_err(|it| self.why(it))
    }

    /// Waits until the connection has ended, and says why.
    pub async fn closed(&self) -> Error {
        let error = self.connection.closed().await;
        self.why(error)
    }

    /// Ends the connection and all its streams.
    pub fn close(&self) {
        self.connection.close(VarInt::from_u32(CLOSED), b"");
    }

    /// The exchange's reason comes before QUIC's.
    fn why(&self, error: ConnectionError) -> Error {
        match self.exchange.progress.borrow().clone() {
            Some(error) => error.into(),
            None => connection_error(error),
        }
    }
}

impl AttestedConnection<AttestedPeer> {
    /// Has the peer attest again, at time `now`, and waits for the verdict.
    /// Streams go on meanwhile; whoever must know first waits.
    ///
    /// Cancel safe: a request that was made stays out, its answer is taken all
    /// the same, and a refusal ends the connection. A later call waits for that
    /// answer first and asks anew.
    ///
    /// # Errors
    /// [`Error::Slow`], which ends the connection; why the peer was refused,
    /// which ended it.
    pub async fn reattest(&self, now: UnixTime) -> Result<(), Error> {
        let mut progress = self.exchange.progress.subscribe();
        let answered = async {
            self.exchange.answered(&mut progress).await?;
            self.exchange.channel().reattest(now)?;
            // A task of its own sends the request whole, whoever waits for it.
            let exchange = Arc::clone(&self.exchange);
            let sending = tokio::spawn(async move { exchange.send().await });
            sending.await.map_err(io::Error::from)??;
            self.exchange.answered(&mut progress).await
        };
        let limit = self.limits.exchange;
        match time::timeout(limit, answered).await {
            Ok(outcome) => outcome,
            Err(_) => {
                self.connection.close(VarInt::from_u32(ALERTS), b"slow");
                Err(Error::Slow { limit })
            }
        }
    }
}

impl<P: KnownPeer> Drop for AttestedConnection<P> {
    fn drop(&mut self) {
        self.tending.abort();
        self.close();
    }
}

/// Handshake and exchange in time, the latter by the endpoint that `begin` makes.
pub(super) async fn establish<E, P>(
    handshake: impl Future<Output = Result<(quinn::Connection, Witness), Error>>,
    begin: impl FnOnce(&Witness, Box<dyn KeyingMaterial>) -> Result<E, attested::Error>,
    opens: Opens,
    desk: &Arc<Desk>,
    limits: &Limits,
) -> Result<AttestedConnection<P>, Error>
where
    E: Attesting<Channel = P::Channel>,
    P: KnownPeer,
{
    let settled = in_time(limits, async {
        let (connection, witness) = handshake.await?;
        let keying = Box::new(Exporter(connection.clone()));
        let party = begin(&witness, keying);
        settle(connection, &witness, party, opens, desk, limits).await
    });
    settled.await
}

/// Runs the exchange, then lets the peer open streams.
async fn settle<E, P>(
    connection: quinn::Connection,
    witness: &Witness,
    party: Result<E, attested::Error>,
    opens: Opens,
    desk: &Arc<Desk>,
    limits: &Limits,
) -> Result<AttestedConnection<P>, Error>
where
    E: Attesting<Channel = P::Channel>,
    P: KnownPeer,
{
    let settled = exchange(&connection, party, opens, desk, limits).await;
    let settled = settled.and_then(|settled| match P::stands_on(&settled.0, witness) {
        true => Ok(settled),
        false => Err(attested::Error::from(ApiMisuse::OtherConnection).into()),
    });
    let (channel, outgoing, receiving) = match settled {
        Ok(settled) => settled,
        Err(error) => return Err(end(&connection, error)),
    };
    connection.set_max_concurrent_bi_streams(VarInt::from_u32(STREAMS + 1));
    connection.set_max_concurrent_uni_streams(VarInt::from_u32(STREAMS));
    let exchange = Arc::new(Exchange {
        channel: Mutex::new(channel),
        sending: tokio::sync::Mutex::new(outgoing),
        progress: watch::Sender::new(None),
    });
    let tending = tokio::spawn({
        let (connection, exchange) = (connection.clone(), Arc::clone(&exchange));
        let desk = Arc::clone(desk);
        async move {
            let tended = async {
                exchange.send().await?;
                exchange.tend(receiving, &desk).await
            };
            if let Err(error) = tended.await {
                if let Error::Attested(error) = &error {
                    exchange.progress.send_replace(Some(error.clone()));
                }
                end(&connection, error);
            }
        }
    });
    Ok(AttestedConnection {
        connection,
        exchange,
        tending,
        limits: *limits,
    })
}

async fn exchange<E: Attesting>(
    connection: &quinn::Connection,
    party: Result<E, attested::Error>,
    opens: Opens,
    desk: &Arc<Desk>,
    limits: &Limits,
) -> Result<(E::Channel, Outgoing, RecvStream), Error> {
    let mut party = party?;
    party.defer_evidence();
    let (sending, receiving) = match opens {
        Opens::Peer => connection.accept_bi().await.map_err(connection_error)?,
        Opens::Us => connection.open_bi().await.map_err(connection_error)?,
    };
    let mut stream = tokio::io::join(receiving, sending);
    let unsent = match drive(&mut party, &mut stream, desk, limits, E::is_ready).await {
        // The stream ends with its connection, whose reason says more.
        Err(Error::Io(error)) => {
            return Err(connection
                .close_reason()
                .map_or(Error::Io(error), connection_error));
        }
        other => other?.into_unsent(),
    };
    let (receiving, stream) = stream.into_inner();
    let outgoing = Outgoing { stream, unsent };
    match party.into_channel()? {
        Ok(channel) => Ok((channel, outgoing, receiving)),
        Err(_) => Err(attested::Error::Truncated.into()),
    }
}

/// Ends the connection over `error` and tells the peer which alert it is.
fn end(connection: &quinn::Connection, error: Error) -> Error {
    let (code, reason) = match &error {
        Error::Attested(error) => match error.alert() {
            Some(alert) => (ALERTS + u32::from(u8::from(alert)), error.code()),
            None => (ALERTS, error.code()),
        },
        _ => (ALERTS, error.code()),
    };
    connection.close(VarInt::from_u32(code), reason.as_bytes());
    error
}

/// A connection the peer closed over an alert is one it gave up.
fn connection_error(error: ConnectionError) -> Error {
    match &error {
        ConnectionError::ApplicationClosed(close) => {
            let alert = close.error_code.into_inner().checked_sub(ALERTS.into());
            match alert.and_then(|alert| u8::try_from(alert).ok()) {
                Some(alert) => attested::Error::PeerAborted(AlertDescription::from(alert)).into(),
                None => Error::Connection(error),
            }
        }
        _ => Error::Connection(error),
    }
}

fn read_error(error: quinn::ReadError) -> Error {
    match error {
        quinn::ReadError::ConnectionLost(error) => connection_error(error),
        other => Error::Io(other.into()),
    }
}

fn write_error(error: quinn::WriteError) -> Error {
    match error {
        quinn::WriteError::ConnectionLost(error) => connection_error(error),
        other => Error::Io(other.into()),
    }
}
