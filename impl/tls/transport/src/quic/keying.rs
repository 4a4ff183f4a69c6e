//! What the core needs of a QUIC connection.

use std::sync::Arc;
use std::time::Duration;

use attested::post::KeyingMaterial;
use quinn::{TransportConfig, VarInt};

use crate::limits::Limits;

/// The exporter of one connection.
pub(super) struct Exporter(pub(super) quinn::Connection);

impl KeyingMaterial for Exporter {
    fn export(&self, output: &mut [u8], label: &[u8], context: &[u8]) -> Result<(), String> {
        self.0
            .export_keying_material(output, label, context)
            .map_err(|_| "the connection exports no such length".to_owned())
    }
}

/// Streams the peer may open before attestation: the one of the exchange, if it
/// is the peer who opens that.
pub(super) fn transport(limits: &Limits, peer_opens: bool) -> Arc<TransportConfig> {
    let mut config = TransportConfig::default();
    config.max_concurrent_bidi_streams(VarInt::from_u32(peer_opens.into()));
    config.max_concurrent_uni_streams(VarInt::from_u32(0));
    config.datagram_receive_buffer_size(None);
    // A peer that is gone; one that is slow has the limit of the exchange.
    let idle = limits.exchange.min(Duration::from_secs(3600));
    config.max_idle_timeout(idle.try_into().ok());
    config.keep_alive_interval(Some(idle / 3));
    Arc::new(config)
}
