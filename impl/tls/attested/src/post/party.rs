//! One end of a connection, its duties, and how far they are done.
//!
//! ```text
//!             handshake over            request / answer / verdict
//!  Handshake ---------------> Exchange -------------------------+
//!      |                          |  ready: every peer that must |
//!      v                          v  attest was accepted, and    v
//!    Failed <------------------ Failed  every peer that must    AttestedChannel
//!                                       accept us has said so
//! ```
//!
//! Both ends are this one machine: which requests go out and which are answered
//! follows from the duties, the type of each message from the role, and RFC
//! 9261's labels from it too, so that nothing an end said fits as an answer to
//! itself. Once ready the machine goes on inside the channel: a Relying Party
//! may ask again at any time, with a new context.

use std::marker::PhantomData;
use std::mem;
use std::sync::Arc;

use authenticator::{Context, ReceivedRequest, Role, Session};
use event::Kind;
use event::kind::{Decision, Direction};
use rats::{Challenge, Evidence, UnixSeconds};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;

use super::channel::{AttestedChannel, Channel};
use super::duty::{Attesting, Duty, Relying};
use super::profile::Profile;
use super::{bind, offer, verify};
use crate::endpoint::{self, Endpoint};
use crate::error::{ApiMisuse, Error, PeerMisbehaved};
use crate::evidence::to_cmw;
use crate::frame::{Frame, FrameKind};
use crate::handshake::FullHandshake;
use crate::observe::{self, Observe, observe_authenticator_messages};
use crate::question::Question;

/// One end of one connection until its duties `D` are done, as client or server
/// `R`.
pub struct Party<R, D, O> {
    core: Core<O>,
    role: PhantomData<(R, D)>,
}

/// The machine, whatever its type says outside.
pub(super) struct Core<O> {
    pub(super) channel: Channel<O>,
    session: Session,
    provider: Arc<CryptoProvider>,
    profile: Profile,
    now: UnixTime,
    attesting: Option<Attesting>,
    relying: Option<Relying>,
    stage: Stage,
    /// Application data that came with the peer's acceptance.
    inbox: Vec<u8>,
    /// Whether Evidence is made outside.
    defers: bool,
    /// The request that waits for Evidence; no frame is taken meanwhile.
    asked: Option<Asked>,
    question: Option<Question>,
}

/// A request on its way to an answer.
struct Asked {
    request: ReceivedRequest,
    challenge: Challenge,
}

#[derive(Clone)]
enum Stage {
    Handshake,
    Exchange(FullHandshake),
    Failed,
}

/// What every party needs, whatever its duties.
pub(super) struct Basics {
    pub(super) role: Role,
    pub(super) provider: Arc<CryptoProvider>,
    pub(super) profile: Profile,
    pub(super) now: UnixTime,
}

impl<R, D, O: Observe> Party<R, D, O> {
    pub(super) fn start(
        basics: Basics,
        channel: Channel<O>,
        attesting: Option<Attesting>,
        relying: Option<Relying>,
    ) -> Self {
        let core = Core {
            channel,
            session: Session::new(basics.role),
            provider: basics.provider,
            profile: basics.profile,
            now: basics.now,
            attesting,
            relying,
            stage: Stage::Handshake,
            inbox: Vec::new(),
            defers: false,
            asked: None,
            question: None,
        };
        Self {
            core,
            role: PhantomData,
        }
    }

    /// Over a link whose handshake is over already.
    pub(super) fn start_at_once(
        basics: Basics,
        channel: Channel<O>,
        attesting: Option<Attesting>,
        relying: Option<Relying>,
    ) -> Result<Self, Error> {
        let mut party = Self::start(basics, channel, attesting, relying);
        party.receive(&[])?;
        Ok(party)
    }

    pub(super) fn is_done(&self) -> bool {
        self.core.is_ready()
    }
}

impl<R, D: Duty, O: Observe> Party<R, D, O> {
    /// The door to application data; before every duty is done, the party
    /// itself comes back.
    ///
    /// # Errors
    /// The outer result: frames out of place behind the one that opened the
    /// door.
    pub fn into_attested(mut self) -> Result<Result<AttestedChannel<D::Peer, O>, Self>, Error> {
        let Stage::Exchange(handshake) = self.core.stage.clone() else {
            return Ok(Err(self));
        };
        if !self.core.is_ready() {
            return Ok(Err(self));
        }
        let attested = self.core.take_attested();
        match D::known(handshake, attested) {
            Some(peer) => AttestedChannel::new(self.core, peer).map(Ok),
            None => Ok(Err(self)),
        }
    }
}

impl<R, D, O: Observe> Endpoint for Party<R, D, O> {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.core.receive(octets, Core::advance)
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        self.core.channel.receive_end()
    }

    fn transmit(&mut self) -> Vec<u8> {
        self.core.channel.transmit()
    }

    fn defer_evidence(&mut self) {
        self.core.defer_evidence();
    }

    fn take_question(&mut self) -> Option<Question> {
        self.core.take_question()
    }

    fn answer(&mut self, evidence: Result<Evidence, Error>) -> Result<(), Error> {
        self.core.reply(evidence, Core::advance)
    }
}

impl<R, D: Duty, O: Observe> endpoint::Attesting for Party<R, D, O> {
    type Channel = AttestedChannel<D::Peer, O>;

    fn is_ready(&self) -> bool {
        self.is_done()
    }

    fn into_channel(self) -> Result<Result<Self::Channel, Self>, Error> {
        self.into_attested()
    }
}

impl<O: Observe> Core<O> {
    /// Takes in TLS octets and goes on with `then`; ends the connection over
    /// what goes wrong.
    pub(super) fn receive(
        &mut self,
        octets: &[u8],
        then: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let at = self.due();
        let outcome = self.channel.receive(octets).and_then(|()| then(self));
        outcome.map_err(|error| self.fail(error, at))
    }

    pub(super) fn fail(&mut self, error: Error, at: &'static str) -> Error {
        self.stage = Stage::Failed;
        self.channel.fail(error, at)
    }

    /// Asks the peer to attest, at time `now`, with a context of its own.
    pub(super) fn request(&mut self, now: UnixTime) -> Result<(), Error> {
        let Some(relying) = &mut self.relying else {
            return Ok(()); // nothing is asked of this peer
        };
        if relying.awaited.is_some() {
            return Err(ApiMisuse::RequestPending.into());
        }
        self.now = now;
        let mut octets = [0; 32];
        self.provider
            .secure_random
            .fill(&mut octets)
            .map_err(|_| ApiMisuse::Random)?;
        let context = Context::new(&octets).map_err(authenticator::Error::from)?;
        let extensions = offer::offer(
            self.profile.cmw_attestation,
            &self.provider.signature_verification_algorithms,
        )?;
        let request = self.session.request(context.clone(), extensions)?;
        relying.awaited = Some(context);
        observe_authenticator_messages(self.channel.observer(), Direction::Out, request.encoding());
        self.channel
            .send(FrameKind::AuthenticatorRequest, request.encoding())
    }

    /// Whether a request is out that the peer has not answered.
    pub(super) fn is_awaiting(&self) -> bool {
        let relying = self.relying.as_ref();
        relying.is_some_and(|relying| relying.awaited.is_some())
    }

    /// The latest proof, once.
    pub(super) fn take_attested(&mut self) -> Option<verify::AttestedPeer> {
        self.relying.as_mut()?.attested.take()
    }

    pub(super) fn take_inbox(&mut self) -> Vec<u8> {
        mem::take(&mut self.inbox)
    }

    /// Takes every frame that has arrived.
    pub(super) fn take_frames(&mut self) -> Result<(), Error> {
        while self.asked.is_none()
            && let Some(frame) = self.channel.next_frame()?
        {
            self.take(frame)?;
        }
        Ok(())
    }

    pub(super) fn defer_evidence(&mut self) {
        self.defers = true;
    }

    pub(super) fn take_question(&mut self) -> Option<Question> {
        self.question.take()
    }

    /// Goes on with the Evidence that was asked for, then with `then`.
    pub(super) fn reply(
        &mut self,
        evidence: Result<Evidence, Error>,
        then: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.channel.link.has_failed() {
            return Err(ApiMisuse::AfterFailure.into());
        }
        if self.asked.is_none() {
            return Err(ApiMisuse::NotAsked.into());
        }
        self.question = None;
        let outcome = self.conclude(evidence).and_then(|()| then(self));
        outcome.map_err(|error| self.fail(error, "evidence"))
    }

    fn is_ready(&self) -> bool {
        let is_accepted = |it: &Attesting| it.is_accepted;
        let has_accepted = |it: &Relying| it.has_accepted;
        matches!(self.stage, Stage::Exchange(_))
            && self.attesting.as_ref().is_none_or(is_accepted)
            && self.relying.as_ref().is_none_or(has_accepted)
    }

    /// Goes as far as what has arrived allows, and not past the door.
    fn advance(&mut self) -> Result<(), Error> {
        if let Stage::Handshake = self.stage {
            let Some(handshake) = self.channel.link.handshake()? else {
                return Ok(());
            };
            self.stage = Stage::Exchange(handshake);
            self.channel.observer().handshake_complete();
            self.request(self.now)?;
        }
        while !self.is_ready() && self.asked.is_none() {
            let Some(frame) = self.channel.next_frame()? else {
                return Ok(());
            };
            self.take(frame)?;
        }
        Ok(())
    }

    fn take(&mut self, frame: Frame) -> Result<(), Error> {
        match frame.kind {
            FrameKind::ApplicationData => self.take_data(frame.body),
            FrameKind::Authenticator if self.is_awaiting() => self.judge(&frame.body),
            FrameKind::AuthenticatorRequest if self.attesting.is_some() => self.answer(&frame.body),
            kind => Err(PeerMisbehaved::UnexpectedFrame {
                kind,
                awaiting: self.due(),
            }
            .into()),
        }
    }

    /// Data, the first of which says that the peer accepted us. Empty data says
    /// only that; from a peer that has yet to attest, nothing more is taken.
    fn take_data(&mut self, body: Vec<u8>) -> Result<(), Error> {
        let relying = self.relying.as_ref();
        let is_attested = relying.is_none_or(|relying| relying.has_accepted);
        let was_ready = self.is_ready();
        match &mut self.attesting {
            Some(attesting) if !attesting.has_answered => {
                return Err(PeerMisbehaved::ApplicationDataBeforeAttestation.into());
            }
            Some(attesting) if is_attested || (body.is_empty() && !attesting.is_accepted) => {
                attesting.is_accepted = true;
            }
            None if is_attested => {}
            _ => return Err(PeerMisbehaved::ApplicationDataBeforeAttestation.into()),
        }
        self.inbox.extend(body);
        self.note_readiness(was_ready);
        Ok(())
    }

    /// Verify, compute the binder, appraise, accept.
    fn judge(&mut self, authenticator: &[u8]) -> Result<(), Error> {
        let was_ready = self.is_ready();
        observe_authenticator_messages(self.channel.observer(), Direction::In, authenticator);
        // `take` has looked: a request is out, after a full handshake.
        let (Some(relying), Stage::Exchange(handshake)) = (&mut self.relying, &self.stage) else {
            return Err(ApiMisuse::AfterFailure.into());
        };
        let context = relying.awaited.take().ok_or(ApiMisuse::AfterFailure)?;
        let mut exporter = self.channel.exporter()?;
        let verified = self.session.verify(
            &mut exporter,
            &context,
            authenticator,
            &self.provider.signature_verification_algorithms,
            &*relying.chain.at(self.now),
        )?;
        let expected = bind::expected(
            &mut exporter,
            self.profile.binder_label,
            verified.context(),
            verified.spki(),
        )?;
        let peer = verify::judge(
            relying,
            handshake.clone(),
            verified,
            &expected,
            self.profile.cmw_attestation,
            UnixSeconds(self.now.as_secs()),
            self.channel.observer(),
        )?;
        relying.attested = Some(peer);
        if mem::replace(&mut relying.has_accepted, true) {
            self.note_acceptance(); // again
        } else {
            // Empty data says that the authenticator was accepted.
            self.channel.send(FrameKind::ApplicationData, &[])?;
            self.note_readiness(was_ready);
        }
        Ok(())
    }

    /// Takes a request and asks for Evidence over its binder.
    fn answer(&mut self, request: &[u8]) -> Result<(), Error> {
        observe_authenticator_messages(self.channel.observer(), Direction::In, request);
        let request = self.session.receive_request(request)?;
        offer::check_offer(&request, self.profile.cmw_attestation)?;
        // `take` has looked: this end attests.
        let Some(attesting) = &self.attesting else {
            return Err(ApiMisuse::AfterFailure.into());
        };
        let mut exporter = self.channel.exporter()?;
        let expected = bind::expected(
            &mut exporter,
            self.profile.binder_label,
            request.context(),
            attesting.credential.spki(),
        )?;
        let hash = bind::suite_hash(&exporter)?;
        let challenge = expected.challenge;
        let question = Question::new(&attesting.attester, &challenge, hash);
        self.asked = Some(Asked { request, challenge });
        if self.defers {
            self.question = Some(question);
            Ok(())
        } else {
            self.conclude(question.ask())
        }
    }

    /// Evidence over the binder, inside an authenticator.
    fn conclude(&mut self, evidence: Result<Evidence, Error>) -> Result<(), Error> {
        // The callers have looked: a request waits, and this end attests.
        let (Some(asked), Some(attesting)) = (self.asked.take(), &mut self.attesting) else {
            return Err(ApiMisuse::NotAsked.into());
        };
        let evidence = evidence?;
        self.channel.observer().observe(observe::evidence_by(
            attesting.attestation_key,
            &evidence,
            &asked.challenge,
        ));
        let authenticator = self.session.authenticate(
            &mut self.channel.exporter()?,
            asked.request,
            &attesting.credential,
            offer::answer(self.profile.cmw_attestation, &to_cmw(&evidence)?)?,
        )?;
        attesting.has_answered = true;
        observe_authenticator_messages(self.channel.observer(), Direction::Out, &authenticator);
        self.channel.send(FrameKind::Authenticator, &authenticator)
    }

    fn note_readiness(&mut self, was_ready: bool) {
        if !was_ready && self.is_ready() {
            self.note_acceptance();
        }
    }

    fn note_acceptance(&mut self) {
        self.channel.observer().observe(Kind::Decision {
            what: Decision::Accept,
            code: "ok".to_owned(),
            at: None,
        });
    }

    /// What has to come next, for errors and recordings.
    fn due(&self) -> &'static str {
        if let Stage::Handshake = self.stage {
            return "handshake";
        }
        if self.is_awaiting() {
            return "authenticator";
        }
        match &self.attesting {
            Some(attesting) if !attesting.has_answered => "authenticator request",
            Some(attesting) if !attesting.is_accepted => "acknowledgement",
            _ => "application data",
        }
    }
}
