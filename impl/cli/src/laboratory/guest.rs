//! The client of a laboratory: hands out a byte stream on which attestation has
//! succeeded, and nothing else.

use super::Laboratory;
use super::follow::{Followed, Follower, followed};
use super::network::{Carrier, Duplex, Failure, Placement, Terms};
use super::session::{now, server_name};
use crate::policy::Loaded;
use attested::post::{Attestation, AttestedPeer, Client, ClientSettings, KeyingMaterial, Witness};
use attested::{Attesting, intra, pre};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use transport::quic::{AttestedConnection, Dial, KnownPeer, Opens, Tap};
use transport::stream::AttestedStream;
use transport::{Desk, Limits, Pace};

/// The client of a laboratory.
pub(crate) struct Guest {
    terms: Terms,
    name: ServerName<'static>,
    post: ClientSettings,
    attestation: Attestation,
    desk: Arc<Desk>,
    limits: Limits,
    follower: Option<Follower>,
}

/// A stream to an attested server.
pub(crate) struct Attested {
    pub(crate) stream: Box<dyn Duplex>,
    /// The software the server runs.
    pub(crate) software: String,
    /// What must live as long as the stream.
    connection: Option<(quinn::Endpoint, AttestedConnection<AttestedPeer>)>,
}

impl Attested {
    /// Closes the connection under the stream, if it has one of its own, and
    /// sees to it that the server hears of that.
    pub(crate) async fn close(self) {
        drop(self.stream);
        if let Some((endpoint, connection)) = self.connection {
            drop(connection);
            endpoint.wait_idle().await;
        }
    }
}

/// Why there is no stream.
pub(crate) enum Refused {
    /// The server was reached, and one of the ends refused.
    Attestation(transport::Error),
    /// Something else.
    Other(Failure),
}

impl<E: Into<Failure>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

impl Guest {
    /// Has every connection followed by a model.
    pub(crate) fn follow(&mut self, follower: Option<Follower>) {
        self.follower = follower;
    }

    /// Has this policy judge the server.
    pub(crate) fn rely_on(&mut self, policy: &Loaded) {
        policy.put_on(&mut self.post.relying_party);
    }

    pub(crate) fn new(
        laboratory: &Laboratory,
        terms: Terms,
        name: Option<&str>,
    ) -> Result<Self, Failure> {
        terms.check()?;
        Ok(Self {
            terms,
            name: server_name(name.unwrap_or(&laboratory.name))?,
            post: laboratory.client(Arc::new(ring::default_provider()))?,
            attestation: laboratory.attestation()?,
            desk: Desk::new(Pace::default()),
            limits: Limits::default(),
            follower: None,
        })
    }

    /// Connects to the server at `to` and has it attest `times` times on one
    /// connection.
    pub(crate) async fn connect(&self, to: &str, times: u32) -> Result<Attested, Refused> {
        if times > 1 && self.terms.placement != Placement::Post {
            return Err(Refused::Other(
                "only --placement post attests again on one connection".into(),
            ));
        }
        if times > 1 && self.follower.is_some() {
            return Err(Refused::Other(
                "--monitor and --record follow one attestation on a connection: use --repeat 1"
                    .into(),
            ));
        }
        match self.terms.transport {
            Carrier::Tcp => self.over_tcp(to, times).await,
            Carrier::Quic => self.over_quic(to, times).await,
        }
    }

    async fn over_tcp(&self, to: &str, times: u32) -> Result<Attested, Refused> {
        let now = now()?;
        let transport = TcpStream::connect(to)
            .await
            .map_err(|error| format!("cannot reach {to}: {error}"))?;
        transport.set_nodelay(true)?;
        let identity = || pre::ServerIdentity::Pki(Arc::clone(&self.post.roots));
        let (provider, relying_party) = (&self.post.provider, &self.post.relying_party);
        let name = self.name.clone();
        let followed = followed(self.follower.as_ref())?;
        let observer = followed.observer();
        match self.terms.placement {
            Placement::Pre => {
                let settings = pre::ClientSettings::new(
                    Arc::clone(provider),
                    identity(),
                    relying_party.clone(),
                );
                let client = pre::Client::new(&settings, name, now, observer)?;
                let stream = self.establish(client, followed, transport).await?;
                let software = stream.peer().appraised().result().software.clone();
                Ok(alone(stream, software))
            }
            Placement::Intra => {
                let settings = intra::ClientSettings::new(
                    Arc::clone(provider),
                    identity(),
                    relying_party.clone(),
                );
                let client = intra::Client::new(&settings, name, now, observer)?;
                let stream = self.establish(client, followed, transport).await?;
                let software = stream.peer().appraised().result().software.clone();
                Ok(alone(stream, software))
            }
            Placement::Post => {
                let mut stream = if self.terms.mutual {
                    let own = &self.attestation;
                    let client = Client::mutual(&self.post, own, name, now, observer)?;
                    self.establish(client, followed, transport).await?
                } else {
                    let client = Client::new(&self.post, name, now, observer)?;
                    self.establish(client, followed, transport).await?
                };
                for _ in 1..times {
                    stream.reattest(now).await.map_err(Refused::Attestation)?;
                }
                let software = stream.peer().appraised().result().software.clone();
                Ok(alone(stream, software))
            }
        }
    }

    async fn establish<E: Attesting>(
        &self,
        endpoint: E,
        followed: Followed,
        transport: TcpStream,
    ) -> Result<AttestedStream<TcpStream, E::Channel>, Refused> {
        let (desk, limits) = (&self.desk, &self.limits);
        let established = followed.establish(endpoint, transport, desk, limits).await;
        established.map_err(Refused::Attestation)
    }

    async fn over_quic(&self, to: &str, times: u32) -> Result<Attested, Refused> {
        let (now, name) = (now()?, &self.name);
        let address = tokio::net::lookup_host(to)
            .await?
            .next()
            .ok_or_else(|| format!("{to} is no address"))?;
        let any = if address.is_ipv4() {
            "0.0.0.0:0"
        } else {
            "[::]:0"
        };
        let endpoint = quinn::Endpoint::client(any.parse::<SocketAddr>()?)?;
        let (post, own) = (&self.post, &self.attestation);
        let followed = followed(self.follower.as_ref())?;
        let observer = followed.observer();
        let dial = Dial {
            endpoint: &endpoint,
            address,
            name,
            provider: &post.provider,
            roots: &post.roots,
            now,
            opens: Opens::Us,
            destination: None,
            observer: &*observer,
        };
        let tap: Tap = followed.observer();
        let connected = if self.terms.mutual {
            let begin = |witness: &Witness, keying| {
                Client::mutual_over(post, own, name.clone(), now, tap, witness, keying)
            };
            self.dial(dial, followed, begin).await?
        } else {
            let begin = |witness: &Witness, keying| {
                Client::over(post, name.clone(), now, tap, witness, keying)
            };
            self.dial(dial, followed, begin).await?
        };
        let attested = async {
            let connection = connected?;
            for _ in 1..times {
                connection.reattest(now).await?;
            }
            Ok(connection)
        };
        let connection = match attested.await {
            Ok(connection) => connection,
            Err(error) => {
                endpoint.wait_idle().await; // the server hears of it
                return Err(Refused::Attestation(error));
            }
        };
        let software = connection.with_peer(|peer| peer.appraised().result().software.clone());
        Ok(Attested {
            stream: Box::new(connection.open().await?),
            software,
            connection: Some((endpoint, connection)),
        })
    }
}

impl Guest {
    /// Dials, followed or not, with the endpoint that `begin` makes.
    async fn dial<E>(
        &self,
        dial: Dial<'_>,
        mut followed: Followed,
        begin: impl FnOnce(&Witness, Box<dyn KeyingMaterial>) -> Result<E, attested::Error>,
    ) -> std::io::Result<Result<AttestedConnection<AttestedPeer>, transport::Error>>
    where
        E: Attesting<Channel = <AttestedPeer as KnownPeer>::Channel>,
    {
        let (desk, limits) = (&self.desk, &self.limits);
        let outcome = match followed.watching() {
            None => dial.establish(begin, desk, limits).await,
            Some(watching) => {
                let begin = |witness: &Witness, keying| Ok(watching.over(begin(witness, keying)?));
                dial.establish(begin, desk, limits).await
            }
        };
        followed.keep()?;
        Ok(outcome)
    }
}

fn alone(stream: impl Duplex + 'static, software: String) -> Attested {
    Attested {
        stream: Box::new(stream),
        software,
        connection: None,
    }
}
