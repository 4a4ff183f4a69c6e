//! A server that attests in the handshake.
//!
//! It sees the ClientHello before it chooses its certificate, so that a
//! placement may answer what the client asked there. Whether the client looks
//! at the Evidence the server cannot know: RFC 8446 has no message for it.

use std::mem;
use std::sync::Arc;

use event::Kind;
use event::kind::{Decision, Direction};
use rustls::server::{Acceptor, ClientHello};
use rustls::{AlertDescription, ServerConfig};

use super::channel::TlsChannel;
use crate::endpoint::{Attesting, Endpoint};
use crate::error::{ApiMisuse, Error};
use crate::handshake::FullHandshake;
use crate::intra::experimental::Entered;
use crate::observe::Observe;
use crate::tls::Tls;

/// What a placement's server does with a ClientHello.
pub(crate) trait Answer<O> {
    /// The configuration for this one connection.
    fn answer(&mut self, hello: &ClientHello<'_>, observer: &mut O) -> Result<ServerConfig, Error>;

    /// What must be in place while rustls is called.
    fn enter(&self) -> Option<Entered> {
        None
    }

    /// Whether the handshake, now over, went as the answer meant it to.
    fn check(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// One connection's server, until the client has completed the handshake. `A`
/// is how its placement answers a ClientHello.
pub struct Server<A, O> {
    state: State<A, O>,
    /// An alert from before there was a connection.
    farewell: Vec<u8>,
}

enum State<A, O> {
    ExpectClientHello {
        acceptor: Acceptor,
        answer: A,
        observer: O,
    },
    ExpectFinished(Tls<O>, A, Vec<u8>),
    Accepted(Tls<O>, UnknownPeer, Vec<u8>),
    /// With what is left of the connection, to send an alert.
    Failed(Option<Tls<O>>),
}

/// A client that completed a full handshake. Nothing else is known of it: it
/// has not authenticated, and may not have looked at the Evidence.
#[derive(Debug)]
pub struct UnknownPeer {
    _handshake: FullHandshake,
}

#[expect(private_bounds)] // how to answer is for the placements of this crate
impl<A: Answer<O>, O: Observe> Server<A, O> {
    pub(crate) fn start(answer: A, observer: O) -> Self {
        Self {
            state: State::ExpectClientHello {
                acceptor: Acceptor::default(),
                answer,
                observer,
            },
            farewell: Vec::new(),
        }
    }

    /// Whether the client has completed the handshake.
    pub fn is_accepted(&self) -> bool {
        matches!(self.state, State::Accepted(..))
    }

    fn advance(&mut self, mut octets: &[u8]) -> Result<(), Error> {
        loop {
            match mem::replace(&mut self.state, State::Failed(None)) {
                State::ExpectClientHello {
                    mut acceptor,
                    mut answer,
                    mut observer,
                } => {
                    if octets.is_empty() {
                        self.state = State::ExpectClientHello {
                            acceptor,
                            answer,
                            observer,
                        };
                        return Ok(());
                    }
                    let before = octets;
                    acceptor
                        .read_tls(&mut octets)
                        .map_err(|error| rustls::Error::General(error.to_string()))?;
                    observer.crossing(Direction::In, &before[..before.len() - octets.len()]);
                    let accepted = match acceptor.accept() {
                        Ok(Some(accepted)) => accepted,
                        Ok(None) => {
                            self.state = State::ExpectClientHello {
                                acceptor,
                                answer,
                                observer,
                            };
                            continue;
                        }
                        Err((error, mut alert)) => {
                            // Writing to memory does not fail.
                            let _ = alert.write_all(&mut self.farewell);
                            return Err(record(&mut observer, error.into()));
                        }
                    };
                    let config = match answer.answer(&accepted.client_hello(), &mut observer) {
                        Ok(config) => config,
                        Err(error) => {
                            if let Some(alert) = error.alert() {
                                self.farewell = fatal(alert);
                            }
                            return Err(record(&mut observer, error));
                        }
                    };
                    let entered = answer.enter();
                    match accepted.into_connection(Arc::new(config)) {
                        Ok(connection) => {
                            let mut tls = Tls::new(connection, observer);
                            let mut inbox = Vec::new();
                            if let Err(error) = tls.process(&mut inbox) {
                                return Err(self.fail(tls, error));
                            }
                            drop(entered);
                            self.state = State::ExpectFinished(tls, answer, inbox);
                        }
                        Err((error, mut alert)) => {
                            let _ = alert.write_all(&mut self.farewell);
                            return Err(record(&mut observer, error.into()));
                        }
                    }
                }
                State::ExpectFinished(mut tls, mut answer, mut inbox) => {
                    let received = {
                        let _entered = answer.enter();
                        tls.receive(mem::take(&mut octets))
                    };
                    match received {
                        Ok(plaintext) => inbox.extend(plaintext),
                        Err(error) => return Err(self.fail(tls, error)),
                    }
                    if tls.connection().is_handshaking() {
                        self.state = State::ExpectFinished(tls, answer, inbox);
                        return Ok(());
                    }
                    let checked = FullHandshake::of(tls.connection())
                        .map_err(Error::from)
                        .and_then(|handshake| answer.check().map(|()| handshake));
                    let handshake = match checked {
                        Ok(handshake) => handshake,
                        Err(error) => return Err(self.fail(tls, error)),
                    };
                    tls.observer().handshake_complete();
                    tls.observer().observe(Kind::Decision {
                        what: Decision::Accept,
                        code: "ok".to_owned(),
                        at: None,
                    });
                    let peer = UnknownPeer {
                        _handshake: handshake,
                    };
                    self.state = State::Accepted(tls, peer, inbox);
                    return Ok(());
                }
                State::Accepted(mut tls, peer, mut inbox) => {
                    match tls.receive(octets) {
                        Ok(plaintext) => inbox.extend(plaintext),
                        Err(error) => return Err(self.fail(tls, error)),
                    }
                    self.state = State::Accepted(tls, peer, inbox);
                    return Ok(());
                }
                State::Failed(tls) => {
                    self.state = State::Failed(tls);
                    return Err(ApiMisuse::AfterFailure.into());
                }
            }
        }
    }

    fn fail(&mut self, mut tls: Tls<O>, error: Error) -> Error {
        if tls.record_failure(&error, "handshake") {
            tls.close();
        }
        self.state = State::Failed(Some(tls));
        error
    }
}

/// Notes a failure that happened before there was a connection.
fn record(observer: &mut impl Observe, error: Error) -> Error {
    observer.observe(Kind::Decision {
        what: Decision::Reject,
        code: error.code().to_owned(),
        at: Some("client hello".to_owned()),
    });
    error
}

/// A fatal alert in a plaintext record (RFC 8446 sections 5.1 and 6).
fn fatal(alert: AlertDescription) -> Vec<u8> {
    const ALERT_RECORD: u8 = 21;
    const FATAL: u8 = 2;
    vec![ALERT_RECORD, 3, 3, 0, 2, FATAL, alert.into()]
}

impl<A: Answer<O>, O: Observe> Endpoint for Server<A, O> {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.advance(octets)
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        match &self.state {
            State::ExpectFinished(tls, ..) | State::Accepted(tls, ..) if tls.peer_has_closed() => {
                Ok(())
            }
            _ => Err(Error::Truncated),
        }
    }

    fn transmit(&mut self) -> Vec<u8> {
        match &mut self.state {
            State::ExpectFinished(tls, ..)
            | State::Accepted(tls, ..)
            | State::Failed(Some(tls)) => tls.transmit(),
            State::ExpectClientHello { .. } | State::Failed(None) => mem::take(&mut self.farewell),
        }
    }
}

impl<A: Answer<O>, O: Observe> Attesting for Server<A, O> {
    type Channel = TlsChannel<UnknownPeer, O>;

    fn is_ready(&self) -> bool {
        self.is_accepted()
    }

    fn into_channel(self) -> Result<Result<Self::Channel, Self>, Error> {
        Ok(match self.state {
            State::Accepted(tls, peer, inbox) => Ok(TlsChannel::new(tls, peer, inbox)),
            _ => Err(self),
        })
    }
}
