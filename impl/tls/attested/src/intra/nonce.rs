//! The client's nonce and its way through a stock TLS stack to the server.
//!
//! | Carrier | On the wire |
//! |---|---|
//! | [`Carrier::CertificateAuthorities`] | a distinguished name `O=attested-tls nonce, CN=<64 hex digits>` in `certificate_authorities` (RFC 8446 section 4.2.4) |
//! | [`Carrier::Alpn`] | a protocol `atls:v1:nonce:<64 hex digits>` in `application_layer_protocol_negotiation` (RFC 7301), as deployed elsewhere |
//!
//! The first leaves ALPN to the application. With the second a server that
//! speaks other protocols aborts unless the client offers one of them, too.
//! A name is well-formed DER, so that stacks that parse it are content; no
//! authority has it, so that it selects no certificate.

use std::fmt;

use rustls::DistinguishedName;
use rustls::crypto::SecureRandom;
use rustls::server::ClientHello;

use crate::error::{ApiMisuse, Error, PeerIncompatible, PeerMisbehaved};

/// How a nonce travels in a ClientHello.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Carrier {
    Alpn,
    #[default]
    CertificateAuthorities,
}

const LENGTH: usize = 32;
const PROTOCOL: &[u8] = b"atls:v1:nonce:";

/// DER of the name up to the hex digits, without its outermost header: an RDN
/// with organizationName (2.5.4.10), and one with commonName (2.5.4.3), whose
/// 64 characters are as many as it may have (RFC 5280 appendix A).
const NAME: [&[u8]; 3] = [
    &[
        0x31, 0x1b, 0x30, 0x19, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x12,
    ],
    b"attested-tls nonce",
    &[
        0x31, 0x49, 0x30, 0x47, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x40,
    ],
];

/// 32 octets a client chose for one connection.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Nonce([u8; LENGTH]);

impl Nonce {
    pub(crate) fn draw(random: &dyn SecureRandom) -> Result<Self, ApiMisuse> {
        let mut octets = [0; LENGTH];
        random.fill(&mut octets).map_err(|_| ApiMisuse::Random)?;
        Ok(Self(octets))
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn to_name(self) -> DistinguishedName {
        DistinguishedName::in_sequence(&[&NAME.concat()[..], self.hex().as_bytes()].concat())
    }

    pub(super) fn to_protocol(self) -> Vec<u8> {
        [PROTOCOL, self.hex().as_bytes()].concat()
    }

    /// The one nonce in a ClientHello, by whichever carrier.
    pub(super) fn find(hello: &ClientHello<'_>) -> Result<Self, Error> {
        let prefix = name_prefix();
        let names = hello.certificate_authorities().unwrap_or_default();
        let names = names
            .iter()
            .filter_map(|name| name.as_ref().strip_prefix(&*prefix));
        let protocols = hello.alpn().into_iter().flatten();
        let protocols = protocols.filter_map(|protocol| protocol.strip_prefix(PROTOCOL));
        let mut nonces = names.chain(protocols).map(Self::parse);
        let nonce = nonces
            .next()
            .ok_or(PeerIncompatible::AttestationNotOffered)??;
        match nonces.next() {
            None => Ok(nonce),
            Some(_) => Err(PeerMisbehaved::NonceTwice.into()),
        }
    }

    fn hex(self) -> String {
        self.0.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    fn parse(hex: &[u8]) -> Result<Self, PeerMisbehaved> {
        let malformed = || PeerMisbehaved::MalformedNonce;
        if hex.len() != 2 * LENGTH {
            return Err(malformed());
        }
        let mut octets = [0; LENGTH];
        for (octet, digits) in octets.iter_mut().zip(hex.chunks_exact(2)) {
            let digit = |digit: u8| match digit {
                b'0'..=b'9' => Ok(digit - b'0'),
                b'a'..=b'f' => Ok(digit - b'a' + 10),
                _ => Err(malformed()),
            };
            *octet = digit(digits[0])? << 4 | digit(digits[1])?;
        }
        Ok(Self(octets))
    }
}

/// What every name with a nonce begins with.
fn name_prefix() -> Vec<u8> {
    const SEQUENCE: u8 = 0x30;
    let inner = NAME.concat();
    let length = (inner.len() + 2 * LENGTH) as u8; // 104
    [&[SEQUENCE, length][..], &inner].concat()
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({})", self.hex())
    }
}

#[cfg(test)]
mod tests {
    use x509_cert::der::Decode;
    use x509_cert::name::Name;

    use super::*;

    #[test]
    fn names_are_names_and_lead_back_to_the_nonce() {
        let nonce = Nonce([0xa5; LENGTH]);
        let name = nonce.to_name();
        let parsed = Name::from_der(name.as_ref()).expect("well-formed");
        let text = format!("CN={},O=attested-tls nonce", "a5".repeat(LENGTH));
        assert_eq!(parsed.to_string(), text);
        let hex = name.as_ref().strip_prefix(&*name_prefix());
        assert_eq!(Nonce::parse(hex.expect("the prefix")), Ok(nonce));
    }

    #[test]
    fn refuses_what_is_not_64_lower_case_hex_digits() {
        let good = [b'0'; 64];
        assert!(Nonce::parse(&good).is_ok());
        for bad in [&good[..63], &[b'A'; 64], &[b'g'; 64], &[b'0'; 65], b""] {
            assert_eq!(Nonce::parse(bad), Err(PeerMisbehaved::MalformedNonce));
        }
    }
}
