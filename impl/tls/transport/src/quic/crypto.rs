//! QUIC's handshake, told of to the observer as it passes in CRYPTO frames.
//!
//! The session is quinn's; what goes in and out of it is noted on its way, before
//! it is read and after it is written, and nothing else is done to it.

use std::any::Any;
use std::sync::Arc;

use attested::observe::CryptoFrames;
use event::kind::Direction;
use quinn::crypto::{
    self, ExportKeyingMaterialError, HeaderKey, KeyPair, Keys, PacketKey, Session,
    UnsupportedVersion,
};
use quinn::{ConnectError, ConnectionId, Side};
use quinn_proto::TransportError;
use quinn_proto::transport_parameters::TransportParameters;

/// A configuration of quinn's whose sessions are noted.
pub(super) struct Noted<C> {
    pub(super) config: Arc<C>,
    pub(super) frames: CryptoFrames,
}

impl<C: crypto::ClientConfig> crypto::ClientConfig for Noted<C> {
    fn start_session(
        self: Arc<Self>,
        version: u32,
        server_name: &str,
        params: &TransportParameters,
    ) -> Result<Box<dyn Session>, ConnectError> {
        let config = Arc::clone(&self.config);
        Ok(Box::new(NotedSession {
            session: config.start_session(version, server_name, params)?,
            frames: self.frames.clone(),
        }))
    }
}

impl<C: crypto::ServerConfig> crypto::ServerConfig for Noted<C> {
    fn initial_keys(
        &self,
        version: u32,
        destination: &ConnectionId,
    ) -> Result<Keys, UnsupportedVersion> {
        self.config.initial_keys(version, destination)
    }

    fn retry_tag(&self, version: u32, original: &ConnectionId, packet: &[u8]) -> [u8; 16] {
        self.config.retry_tag(version, original, packet)
    }

    fn start_session(
        self: Arc<Self>,
        version: u32,
        params: &TransportParameters,
    ) -> Box<dyn Session> {
        let config = Arc::clone(&self.config);
        Box::new(NotedSession {
            session: config.start_session(version, params),
            frames: self.frames.clone(),
        })
    }
}

struct NotedSession {
    session: Box<dyn Session>,
    frames: CryptoFrames,
}

impl Session for NotedSession {
    fn initial_keys(&self, destination: &ConnectionId, side: Side) -> Keys {
        self.session.initial_keys(destination, side)
    }

    fn handshake_data(&self) -> Option<Box<dyn Any>> {
        self.session.handshake_data()
    }

    fn peer_identity(&self) -> Option<Box<dyn Any>> {
        self.session.peer_identity()
    }

    fn early_crypto(&self) -> Option<(Box<dyn HeaderKey>, Box<dyn PacketKey>)> {
        self.session.early_crypto()
    }

    fn early_data_accepted(&self) -> Option<bool> {
        self.session.early_data_accepted()
    }

    fn is_handshaking(&self) -> bool {
        self.session.is_handshaking()
    }

    fn read_handshake(&mut self, octets: &[u8]) -> Result<bool, TransportError> {
        self.frames.note(Direction::In, octets);
        self.session.read_handshake(octets)
    }

    fn transport_parameters(&self) -> Result<Option<TransportParameters>, TransportError> {
        self.session.transport_parameters()
    }

    fn write_handshake(&mut self, buffer: &mut Vec<u8>) -> Option<Keys> {
        let before = buffer.len();
        let keys = self.session.write_handshake(buffer);
        if let Some(written) = buffer.get(before..) {
            self.frames.note(Direction::Out, written);
        }
        keys
    }

    fn next_1rtt_keys(&mut self) -> Option<KeyPair<Box<dyn PacketKey>>> {
        self.session.next_1rtt_keys()
    }

    fn is_valid_retry(&self, original: &ConnectionId, header: &[u8], payload: &[u8]) -> bool {
        self.session.is_valid_retry(original, header, payload)
    }

    fn export_keying_material(
        &self,
        output: &mut [u8],
        label: &[u8],
        context: &[u8],
    ) -> Result<(), ExportKeyingMaterialError> {
        self.session.export_keying_material(output, label, context)
    }
}
