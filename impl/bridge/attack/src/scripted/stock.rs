//! Stock rustls endpoints in the attacker's hands.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use attested::Error;
use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{Connection, ServerConfig, ServerConnection};

use crate::broken::tls::server_config;
use crate::laboratory::Laboratory;
use crate::player::Player;
use crate::target::SetupError;

/// A connection without taps.
pub(super) struct Stock {
    pub(super) connection: Connection,
    inbox: Vec<u8>,
}

/// A server that shows these certificates and signs with this key, whether or
/// not they belong together.
pub(super) fn server(
    laboratory: &Laboratory,
    chain: Vec<Vec<u8>>,
    key: Arc<dyn SigningKey>,
    change: impl FnOnce(&mut ServerConfig),
) -> Result<Stock, SetupError> {
    let chain = chain.into_iter().map(CertificateDer::from).collect();
    let identity = CertifiedKey::new(chain, key);
    let mut config = server_config(&laboratory.provider, identity, None)?;
    change(&mut config);
    let connection = ServerConnection::new(Arc::new(config)).map_err(Error::from)?;
    Ok(Stock::new(connection))
}

impl Stock {
    fn new(connection: impl Into<Connection>) -> Self {
        Self {
            connection: connection.into(),
            inbox: Vec::new(),
        }
    }

    /// Early data that was accepted.
    pub(super) fn early_data(&mut self) -> Vec<u8> {
        let mut data = Vec::new();
        if let Connection::Server(server) = &mut self.connection
            && let Some(mut early) = server.early_data()
        {
            // What is not there yet is not read.
            let _ = early.read_to_end(&mut data);
        }
        data
    }
}

impl Player for Stock {
    fn receive(&mut self, mut octets: &[u8]) -> Result<(), Error> {
        let general = |e: std::io::Error| rustls::Error::General(e.to_string());
        while !octets.is_empty() {
            let taken = self.connection.read_tls(&mut octets).map_err(general)?;
            let state = self.connection.process_new_packets()?;
            let start = self.inbox.len();
            self.inbox
                .resize(start + state.plaintext_bytes_to_read(), 0);
            self.connection
                .reader()
                .read_exact(&mut self.inbox[start..])
                .map_err(general)?;
            if taken == 0 {
                break;
            }
        }
        Ok(())
    }

    fn transmit(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        while self.connection.wants_write() {
            if self.connection.write_tls(&mut octets).is_err() {
                break; // memory takes everything
            }
        }
        octets
    }

    fn is_ready(&self) -> bool {
        !self.connection.is_handshaking()
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Error> {
        self.connection
            .writer()
            .write_all(data)
            .map_err(|e| rustls::Error::General(e.to_string()).into())
    }

    fn read(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.inbox)
    }
}
