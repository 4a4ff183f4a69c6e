//! The protocol between processes: every placement over TCP, the one after the
//! handshake over QUIC too.
//!
//! [`Host`] is the server, [`Guest`](super::guest::Guest) the client; both hand out
//! byte streams on which attestation has succeeded, and nothing else. What travels
//! on them is the commands' business.

use super::follow::{Followed, Follower, followed};
use super::session::now;
use super::shown::plain;
use super::{Behaviour, Laboratory};
use crate::policy::Loaded;
use attested::post::{
    AttestedPeer, KeyingMaterial, Reliance, RelyingPeer, Server, ServerSettings, Witness,
};
use attested::{Attesting, intra, pre};
use rustls::crypto::ring;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use transport::quic::{self, AttestedConnection, KnownPeer, Opens, Tap, Welcome};
use transport::stream::AttestedStream;
use transport::{Desk, Limits, Pace};

/// What may go wrong, to be shown.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Connections a server holds at once; more wait to be accepted.
const CONNECTIONS: usize = 1024;

/// When Evidence is conveyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Placement {
    /// In a certificate made before the handshake.
    Pre,
    /// In a certificate made for the handshake.
    Intra,
    /// In an authenticator after the handshake.
    Post,
}

/// What carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Carrier {
    Tcp,
    Quic,
}

/// What both ends agree on beforehand.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Terms {
    /// When Evidence is conveyed.
    #[arg(long, value_enum, default_value = "post")]
    pub(crate) placement: Placement,
    /// What carries it; QUIC needs placement `post`.
    #[arg(long, value_enum, default_value = "tcp")]
    pub(crate) transport: Carrier,
    /// Both ends attest; needs placement `post`.
    #[arg(long)]
    pub(crate) mutual: bool,
}

impl Terms {
    pub(super) fn check(self) -> Result<(), Failure> {
        if self.placement == Placement::Post {
            return Ok(());
        }
        if self.transport == Carrier::Quic {
            return Err(
                "over QUIC Evidence is conveyed after the handshake: use --placement post".into(),
            );
        }
        if self.mutual {
            return Err(
                "before and during the handshake the server alone attests: use --placement post"
                    .into(),
            );
        }
        Ok(())
    }
}

/// A byte stream on which attestation has succeeded.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// What to do with each stream; the text is shown.
pub(crate) type Handler = Arc<
    dyn Fn(Box<dyn Duplex>) -> Pin<Box<dyn Future<Output = Result<String, Failure>> + Send>>
        + Send
        + Sync,
>;

/// Runs a future to its end on a runtime of its own.
pub(crate) fn run<V>(
    future: impl Future<Output = Result<V, Failure>>,
) -> Result<V, Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(future);
    outcome.map_err(|error| -> Box<dyn std::error::Error> { error })
}

/// The server of a laboratory.
pub(crate) struct Host {
    terms: Terms,
    post: ServerSettings,
    reliance: Reliance,
    pre: Arc<Mutex<pre::Renewing>>,
    intra: intra::ServerSettings,
    desk: Arc<Desk>,
    limits: Limits,
    follower: Option<Follower>,
}

impl Host {
    /// Has every connection followed by a model.
    pub(crate) fn follow(&mut self, follower: Option<Follower>) {
        self.follower = follower;
    }

    /// Has this policy judge clients that attest.
    pub(crate) fn rely_on(&mut self, policy: &Loaded) {
        policy.put_on(&mut self.reliance.relying_party);
    }

    pub(crate) fn new(
        laboratory: &Laboratory,
        terms: Terms,
        behaviour: Behaviour,
    ) -> Result<Self, Failure> {
        terms.check()?;
        let provider = Arc::new(ring::default_provider());
        let post = laboratory.server(Arc::clone(&provider), behaviour)?;
        let vouching = pre::Vouching::Chain(post.handshake.chain.clone());
        let names = vec![laboratory.name.clone()];
        let (key, attester) = (&post.handshake.key, &post.attester);
        let issuance = pre::Issuance::new(
            Arc::clone(key),
            Arc::clone(attester),
            vouching.clone(),
            names.clone(),
        );
        Ok(Self {
            terms,
            reliance: laboratory.reliance()?,
            pre: Arc::new(Mutex::new(pre::Renewing::new(issuance, now()?, &mut ())?)),
            intra: intra::ServerSettings {
                provider,
                key: Arc::clone(key),
                attester: Arc::clone(attester),
                vouching,
                names,
                protocols: Vec::new(),
            },
            post,
            desk: Desk::new(Pace::default()),
            limits: Limits::default(),
            follower: None,
        })
    }

    /// Serves on `listen`, which `bound` is told of, until `connections` have
    /// come and gone.
    pub(crate) async fn serve(
        self: Arc<Self>,
        listen: &str,
        connections: Option<u64>,
        bound: impl FnOnce(SocketAddr),
        handler: Handler,
    ) -> Result<(), Failure> {
        let cannot = |error| format!("cannot listen on {listen}: {error}");
        let mut open = JoinSet::new();
        match self.terms.transport {
            Carrier::Tcp => {
                let listener = TcpListener::bind(listen).await.map_err(cannot)?;
                bound(listener.local_addr()?);
                for _ in 0..connections.unwrap_or(u64::MAX) {
                    let transport = accepted(&listener).await;
                    let (host, handler) = (Arc::clone(&self), Arc::clone(&handler));
                    open.spawn(async move { show(host.over_tcp(transport, handler).await) });
                    make_room(&mut open).await;
                }
            }
            Carrier::Quic => {
                let (provider, identity) = (&self.post.provider, &self.post.handshake);
                let config = quic::endpoint_config(provider, identity, now()?)?;
                let address = tokio::net::lookup_host(listen)
                    .await
                    .map_err(cannot)?
                    .next()
                    .ok_or_else(|| format!("{listen} is no address"))?;
                let endpoint = quinn::Endpoint::server(config, address).map_err(cannot)?;
                bound(endpoint.local_addr()?);
                for _ in 0..connections.unwrap_or(u64::MAX) {
                    let Some(incoming) = endpoint.accept().await else {
                        break;
                    };
                    let (host, handler) = (Arc::clone(&self), Arc::clone(&handler));
                    open.spawn(async move { show(host.over_quic(incoming, handler).await) });
                    make_room(&mut open).await;
                }
                while open.join_next().await.is_some() {}
                endpoint.wait_idle().await;
            }
        }
        while open.join_next().await.is_some() {}
        Ok(())
    }

    async fn over_tcp(&self, transport: TcpStream, handler: Handler) -> Result<String, Failure> {
        let now = now()?;
        let followed = followed(self.follower.as_ref())?;
        let observer = followed.observer();
        match self.terms.placement {
            Placement::Pre => {
                let renewing = Arc::clone(&self.pre);
                // New Evidence may be due.
                let issued = tokio::task::spawn_blocking(move || {
                    let mut renewing = renewing.lock().unwrap_or_else(PoisonError::into_inner);
                    renewing.at(now, &mut ()).cloned()
                });
                let settings = pre::ServerSettings {
                    provider: Arc::clone(&self.post.provider),
                    identity: issued.await??.identity().clone(),
                };
                let server = pre::Server::new(&settings, now, observer)?;
                let stream = self.establish(server, followed, transport).await?;
                told("a client finished the handshake", stream, handler).await
            }
            Placement::Intra => {
                let server = intra::Server::new(&self.intra, now, observer)?;
                let stream = self.establish(server, followed, transport).await?;
                told("a client finished the handshake", stream, handler).await
            }
            Placement::Post if self.terms.mutual => {
                let server = Server::mutual(&self.post, &self.reliance, now, observer)?;
                let stream = self.establish(server, followed, transport).await?;
                let software = &stream.peer().appraised().result().software;
                let about = format!("client accepted the Evidence and runs {software}");
                told(&about, stream, handler).await
            }
            Placement::Post => {
                let server = Server::new(&self.post, now, observer)?;
                let stream = self.establish(server, followed, transport).await?;
                told("client accepted the Evidence", stream, handler).await
            }
        }
    }

    async fn establish<E: Attesting>(
        &self,
        endpoint: E,
        followed: Followed,
        transport: TcpStream,
    ) -> Result<AttestedStream<TcpStream, E::Channel>, transport::Error> {
        transport.set_nodelay(true)?;
        let (desk, limits) = (&self.desk, &self.limits);
        followed.establish(endpoint, transport, desk, limits).await
    }

    async fn over_quic(
        &self,
        incoming: quinn::Incoming,
        handler: Handler,
    ) -> Result<String, Failure> {
        let (now, post) = (now()?, &self.post);
        if self.terms.mutual {
            let reliance = &self.reliance;
            let begin = |tap: Tap, witness: &Witness, keying: Keying| {
                Server::mutual_over(post, reliance, now, tap, witness, keying)
            };
            let accepted: AttestedConnection<AttestedPeer> = self.accept(incoming, begin).await?;
            let software = accepted.with_peer(|peer| peer.appraised().result().software.clone());
            let about = format!("client accepted the Evidence and runs {software}");
            streams(&about, &accepted, handler).await
        } else {
            let begin = |tap: Tap, witness: &Witness, keying: Keying| {
                Server::over(post, now, tap, witness, keying)
            };
            let accepted: AttestedConnection<RelyingPeer> = self.accept(incoming, begin).await?;
            streams("client accepted the Evidence", &accepted, handler).await
        }
    }
}

impl Host {
    /// A connection over QUIC, followed or not, with the endpoint that `begin` makes.
    async fn accept<E, P>(
        &self,
        incoming: quinn::Incoming,
        begin: impl FnOnce(Tap, &Witness, Keying) -> Result<E, attested::Error>,
    ) -> Result<AttestedConnection<P>, Failure>
    where
        E: Attesting<Channel = P::Channel>,
        P: KnownPeer,
    {
        let (now, post) = (now()?, &self.post);
        let mut followed = followed(self.follower.as_ref())?;
        let observer = followed.observer();
        let welcome = Welcome {
            incoming,
            provider: &post.provider,
            identity: &post.handshake,
            now,
            opens: Opens::Peer,
            observer: &*observer,
        };
        let tap: Tap = followed.observer();
        let begin = |witness: &Witness, keying| begin(tap, witness, keying);
        let (desk, limits) = (&self.desk, &self.limits);
        let outcome = match followed.watching() {
            None => welcome.establish(begin, desk, limits).await,
            Some(watching) => {
                let begin = |witness: &Witness, keying| Ok(watching.over(begin(witness, keying)?));
                welcome.establish(begin, desk, limits).await
            }
        };
        followed.keep()?;
        Ok(outcome?)
    }
}

type Keying = Box<dyn KeyingMaterial>;

async fn told(
    about: &str,
    stream: impl Duplex + 'static,
    handler: Handler,
) -> Result<String, Failure> {
    Ok(format!("{about}; {}", handler(Box::new(stream)).await?))
}

/// Every stream of a QUIC connection, until it ends.
async fn streams<P: KnownPeer>(
    about: &str,
    connection: &AttestedConnection<P>,
    handler: Handler,
) -> Result<String, Failure> {
    let mut open = JoinSet::new();
    let mut done = Told::default();
    while let Ok(stream) = connection.accept().await {
        open.spawn(handler(Box::new(stream)));
        while let Some(outcome) = open.try_join_next() {
            done.add(outcome??);
        }
    }
    while let Some(outcome) = open.join_next().await {
        done.add(outcome??);
    }
    Ok(format!("{about}; {}", done.text()))
}

/// What became of a connection's streams; of a long one not every stream is told.
#[derive(Default)]
struct Told {
    first: Vec<String>,
    more: u64,
}

impl Told {
    const FIRST: usize = 8;

    fn add(&mut self, text: String) {
        if self.first.len() < Self::FIRST {
            self.first.push(text);
        } else {
            self.more += 1;
        }
    }

    fn text(&self) -> String {
        let first = self.first.join(", ");
        match self.more {
            0 => first,
            more => format!("{first}, and {more} streams more"),
        }
    }
}

/// The next connection. One that failed before it was accepted, or a moment without
/// file descriptors, is no reason to stop serving the others.
pub(crate) async fn accepted(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((transport, _)) => return transport,
            Err(error) => {
                eprintln!("connection not accepted: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn show(outcome: Result<String, Failure>) {
    match outcome {
        Ok(text) => println!("{}", plain(text)),
        Err(error) => println!("connection ended: {}", plain(error)),
    }
}

/// Forgets who has gone, and waits while there are too many.
async fn make_room(open: &mut JoinSet<()>) {
    while open.try_join_next().is_some() {}
    while open.len() >= CONNECTIONS {
        open.join_next().await;
    }
}
