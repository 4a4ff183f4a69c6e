//! Attested TLS over blocking streams, tokio and QUIC.
