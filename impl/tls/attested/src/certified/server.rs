//! A server that attests in the handshake.
//!
//! It sees the ClientHello before it chooses its certificate, so that a
//! placement may answer what the client asked there. Whether the client looks
//! at the Evidence the server cannot know: RFC 8446 has no message for it.

use std::mem;
use std::sync::Arc;

use event::Kind;
use event::kind::{Decision, Direction};
use rats::Evidence;
use rustls::server::{Accepted, Acceptor, ClientHello};
use rustls::{AlertDescription, ServerConfig};

use super::channel::TlsChannel;
use crate::endpoint::{Attesting, Endpoint};
use crate::error::{ApiMisuse, Error};
use crate::handshake::FullHandshake;
use crate::intra::experimental::Entered;
use crate::observe::Observe;
use crate::question::Question;
use crate::tls::Tls;

/// What a placement's server does with a ClientHello.
pub(crate) trait Answer<O> {
    /// What the attesting environment must say about this ClientHello, for
    /// placements whose certificates are made for it.
    fn question(&mut self, _: &ClientHello<'_>) -> Result<Option<Question>, Error> {
        Ok(None)
    }

    /// The configuration for this one connection, with the Evidence that was
    /// asked for.
    fn answer(
        &mut self,
        evidence: Option<Evidence>,
        observer: &mut O,
    ) -> Result<ServerConfig, Error>;

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
    /// Whether Evidence is made outside.
    defers: bool,
    question: Option<Question>,
}

enum State<A, O> {
    ExpectClientHello {
        acceptor: Acceptor,
        answer: A,
        observer: O,
    },
    ExpectEvidence {
        accepted: Box<Accepted>,
        answer: A,
        observer: O,
        /// What arrived behind the ClientHello.
        waiting: Vec<u8>,
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
            defers: false,
            question: None,
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
                    let question = match answer.question(&accepted.client_hello()) {
                        Ok(question) => question,
                        Err(error) => return Err(self.part(&mut observer, error)),
                    };
                    match question {
                        Some(question) if self.defers => {
                            self.question = Some(question);
                            self.state = State::ExpectEvidence {
                                accepted: Box::new(accepted),
                                answer,
                                observer,
                                waiting: octets.to_vec(),
                            };
                            return Ok(());
                        }
                        question => {
                            let evidence = question.map(Question::ask).transpose();
                            self.serve(accepted, answer, observer, evidence)?;
                        }
                    }
                }
                State::ExpectEvidence {
                    accepted,
                    answer,
                    observer,
                    mut waiting,
                } => {
                    waiting.extend_from_slice(octets);
                    self.state = State::ExpectEvidence {
                        accepted,
                        answer,
                        observer,
                        waiting,
                    };
                    return Ok(());
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

    /// From ClientHello and Evidence to a connection that has answered.
    fn serve(
        &mut self,
        accepted: Accepted,
        mut answer: A,
        mut observer: O,
        evidence: Result<Option<Evidence>, Error>,
    ) -> Result<(), Error> {
        let config = match evidence.and_then(|it| answer.answer(it, &mut observer)) {
            Ok(config) => config,
            Err(error) => return Err(self.part(&mut observer, error)),
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
                Ok(())
            }
            Err((error, mut alert)) => {
                // Writing to memory does not fail.
                let _ = alert.write_all(&mut self.farewell);
                Err(record(&mut observer, error.into()))
            }
        }
    }

    /// Ends over `error` before there is a connection.
    fn part(&mut self, observer: &mut O, error: Error) -> Error {
        if let Some(alert) = error.alert() {
            self.farewell = fatal(alert);
        }
        record(observer, error)
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
            State::ExpectClientHello { .. }
            | State::ExpectEvidence { .. }
            | State::Failed(None) => mem::take(&mut self.farewell),
        }
    }

    fn defer_evidence(&mut self) {
        self.defers = true;
    }

    fn take_question(&mut self) -> Option<Question> {
        self.question.take()
    }

    fn answer(&mut self, evidence: Result<Evidence, Error>) -> Result<(), Error> {
        match mem::replace(&mut self.state, State::Failed(None)) {
            State::ExpectEvidence {
                accepted,
                answer,
                observer,
                waiting,
            } => {
                self.question = None;
                self.serve(*accepted, answer, observer, evidence.map(Some))?;
                self.advance(&waiting)
            }
            other => {
                self.state = other;
                evidence.and(Err(ApiMisuse::NotAsked.into()))
            }
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
