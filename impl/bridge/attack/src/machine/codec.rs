//! Messages as octets, made and read by the attacker: RFC 8446 sections 4 and
//! 5, RFC 8879, RFC 9261.
//!
//! What a model leaves out of a message is filled in as a stock client or
//! server does it; what it leaves out of one that is read is passed over.

use super::suite::Suite;

/// Handshake message types.
pub const CLIENT_HELLO: u8 = 1;
pub const SERVER_HELLO: u8 = 2;
pub const ENCRYPTED_EXTENSIONS: u8 = 8;
pub const CERTIFICATE: u8 = 11;
pub const CERTIFICATE_VERIFY: u8 = 15;
pub const CLIENT_CERTIFICATE_REQUEST: u8 = 17;
pub const FINISHED: u8 = 20;
pub const COMPRESSED_CERTIFICATE: u8 = 25;

const X25519: u16 = 29;
const ED25519: u16 = 0x0807;
const ECDSA_P256: u16 = 0x0403;
/// Evidence woven into the Certificate message, see
/// [`attested::intra::experimental`].
const WOVEN: u16 = 0xff61;
/// `cmw_attestation` in an authenticator.
const CMW_ATTESTATION: u16 = 0xff00;

/// DER of a name with a nonce in it, up to the nonce; see
/// [`attested::intra::Carrier`].
const NONCE_NAME: &[u8] = b"\x30\x68\x31\x1b\x30\x19\x06\x03\x55\x04\x0a\x0c\x12attested-tls nonce\
    \x31\x49\x30\x47\x06\x03\x55\x04\x03\x0c\x40";

/// DER of the name that carries a nonce.
pub fn nonce_name(nonce: &[u8]) -> Vec<u8> {
    let hex: String = nonce.iter().map(|octet| format!("{octet:02x}")).collect();
    [NONCE_NAME, hex.as_bytes()].concat()
}

/// A vector: its length in `size` octets, then its content.
pub fn vector(size: usize, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_be_bytes();
    [&length[8 - size..], content].concat()
}

/// A handshake message.
pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &vector(3, body)].concat()
}

fn extension(code: u16, body: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes()[..], &vector(2, body)].concat()
}

/// A record in the clear.
pub fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3][..], &vector(2, content)].concat()
}

/// What a ClientHello asks for beside a key exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks<'a> {
    Nothing,
    /// Evidence over a nonce.
    Nonce(&'a [u8]),
    /// Evidence woven into the Certificate message.
    Woven,
}

/// ClientHello of a client without a session id, a name or a choice.
pub fn client_hello(suite: Suite, random: &[u8], share: &[u8], asks: Asks<'_>) -> Vec<u8> {
    let entry = [&X25519.to_be_bytes()[..], &vector(2, share)].concat();
    let schemes = [ED25519.to_be_bytes(), ECDSA_P256.to_be_bytes()].concat();
    let mut extensions = [
        extension(43, &[2, 3, 4]),
        extension(10, &vector(2, &X25519.to_be_bytes())),
        extension(13, &vector(2, &schemes)),
        extension(51, &vector(2, &entry)),
    ]
    .concat();
    match asks {
        Asks::Nothing => {}
        Asks::Nonce(nonce) => {
            let name = vector(2, &nonce_name(nonce));
            extensions.extend(extension(47, &vector(2, &name)));
        }
        Asks::Woven => extensions.extend(extension(27, &vector(1, &WOVEN.to_be_bytes()))),
    }
    let body = [
        &[3, 3][..],
        random,
        &[0],
        &vector(2, &suite.code().to_be_bytes()),
        &[1, 0],
        &vector(2, &extensions),
    ]
    .concat();
    message(CLIENT_HELLO, &body)
}

/// ServerHello.
pub fn server_hello(suite: Suite, random: &[u8], share: &[u8], session_id: &[u8]) -> Vec<u8> {
    let entry = [&X25519.to_be_bytes()[..], &vector(2, share)].concat();
    let extensions = [extension(43, &[3, 4]), extension(51, &entry)].concat();
    let body = [
        &[3, 3][..],
        random,
        &vector(1, session_id),
        &suite.code().to_be_bytes(),
        &[0],
        &vector(2, &extensions),
    ]
    .concat();
    message(SERVER_HELLO, &body)
}

/// Certificate with an extension in its first entry, or none.
pub fn certificate(context: &[u8], chain: &[Vec<u8>], first: &[u8]) -> Vec<u8> {
    let mut entries = Vec::new();
    for (i, der) in chain.iter().enumerate() {
        entries.extend(vector(3, der));
        entries.extend(vector(2, if i == 0 { first } else { b"" }));
    }
    let body = [vector(1, context), vector(3, &entries)].concat();
    message(CERTIFICATE, &body)
}

/// The extension of an authenticator that holds Evidence.
pub fn attestation_extension(cmw: &[u8]) -> Vec<u8> {
    extension(CMW_ATTESTATION, &vector(2, cmw))
}

/// Certificate with Evidence woven in by compression.
pub fn woven_certificate(chain: &[Vec<u8>], cmw: &[u8]) -> Vec<u8> {
    let plain = certificate(b"", chain, b"");
    let body = &plain[4..];
    let woven = [vector(3, cmw), body.to_vec()].concat();
    let length = vector(3, body)[..3].to_vec();
    let compressed = [WOVEN.to_be_bytes().to_vec(), length, vector(3, &woven)].concat();
    message(COMPRESSED_CERTIFICATE, &compressed)
}

/// CertificateVerify; `scheme` as TLS numbers it.
pub fn certificate_verify(scheme: u16, signature: &[u8]) -> Vec<u8> {
    let body = [&scheme.to_be_bytes()[..], &vector(2, signature)].concat();
    message(CERTIFICATE_VERIFY, &body)
}

/// What a CertificateVerify signs.
pub fn signature_content(context: &str, digest: &[u8]) -> Vec<u8> {
    [&[0x20; 64][..], context.as_bytes(), &[0], digest].concat()
}

/// ClientCertificateRequest of RFC 9261 that offers to take Evidence.
pub fn client_certificate_request(context: &[u8]) -> Vec<u8> {
    let schemes = [ED25519.to_be_bytes(), ECDSA_P256.to_be_bytes()].concat();
    let extensions = [
        extension(13, &vector(2, &schemes)),
        extension(CMW_ATTESTATION, b""),
    ]
    .concat();
    let body = [vector(1, context), vector(2, &extensions)].concat();
    message(CLIENT_CERTIFICATE_REQUEST, &body)
}

/// A reader that takes octets from the front, or nothing at all.
#[derive(Clone, Copy)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, size: usize) -> Option<usize> {
        let octets = self.take(size)?;
        Some(
            octets
                .iter()
                .fold(0, |n, &octet| n << 8 | usize::from(octet)),
        )
    }

    pub fn vector(&mut self, size: usize) -> Option<&'a [u8]> {
        let length = self.number(size)?;
        self.take(length)
    }

    /// A handshake message: its type, its body, all of it.
    pub fn message(&mut self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let whole = self.0;
        let kind = self.number(1)?;
        let body = self.vector(3)?;
        let all = &whole[..4 + body.len()];
        Some((kind as u8, body, all))
    }

    fn extension(&mut self, code: u16) -> Option<&'a [u8]> {
        while !self.0.is_empty() {
            let found = self.number(2)?;
            let body = self.vector(2)?;
            if found == usize::from(code) {
                return Some(body);
            }
        }
        None
    }
}

/// The body of a handshake message of one type.
pub fn body(kind: u8, octets: &[u8]) -> Option<&[u8]> {
    let (found, body, all) = Reader(octets).message()?;
    (found == kind && all.len() == octets.len()).then_some(body)
}

/// What an attacker needs of a ClientHello.
pub struct Hello<'a> {
    pub random: &'a [u8],
    pub session_id: &'a [u8],
    pub share: &'a [u8],
    /// The nonce that asks for Evidence; empty if there is none.
    pub nonce: Vec<u8>,
}

pub fn read_client_hello(octets: &[u8]) -> Option<Hello<'_>> {
    let mut reader = Reader(body(CLIENT_HELLO, octets)?);
    reader.take(2)?;
    let random = reader.take(32)?;
    let session_id = reader.vector(1)?;
    reader.vector(2)?;
    reader.vector(1)?;
    let extensions = Reader(reader.vector(2)?);
    let shares = { extensions }.extension(51)?;
    let mut shares = Reader(Reader(shares).vector(2)?);
    let share = loop {
        let group = shares.number(2)?;
        let share = shares.vector(2)?;
        if group == usize::from(X25519) {
            break share;
        }
    };
    Some(Hello {
        random,
        session_id,
        share,
        nonce: { extensions }
            .extension(47)
            .and_then(read_nonce)
            .unwrap_or_default(),
    })
}

/// The nonce among the names of certificate_authorities.
fn read_nonce(names: &[u8]) -> Option<Vec<u8>> {
    let mut names = Reader(Reader(names).vector(2)?);
    while let Some(name) = names.vector(2) {
        if let Some(hex) = name.strip_prefix(NONCE_NAME) {
            let digit = |digit: &u8| char::from(*digit).to_digit(16);
            return hex
                .chunks(2)
                .map(|pair| match pair {
                    [a, b] => u8::try_from(digit(a)? << 4 | digit(b)?).ok(),
                    _ => None,
                })
                .collect();
        }
    }
    None
}

/// Random and share of a ServerHello.
pub fn read_server_hello(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader(body(SERVER_HELLO, octets)?);
    reader.take(2)?;
    let random = reader.take(32)?;
    reader.vector(1)?;
    reader.take(3)?;
    let mut share = Reader(Reader(reader.vector(2)?).extension(51)?);
    share.take(2)?;
    Some((random, share.vector(2)?))
}

/// A Certificate message, compressed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificates {
    pub context: Vec<u8>,
    pub chain: Vec<Vec<u8>>,
    /// Evidence beside the certificates: woven in, or in the first entry.
    pub cmw: Option<Vec<u8>>,
}

pub fn read_certificate(octets: &[u8]) -> Option<Certificates> {
    let (kind, body, _) = Reader(octets).message()?;
    let (body, woven) = match kind {
        CERTIFICATE => (body, None),
        COMPRESSED_CERTIFICATE => {
            let mut reader = Reader(body);
            reader.take(5)?;
            let mut inner = Reader(reader.vector(3)?);
            let cmw = inner.vector(3)?.to_vec();
            (inner.0, Some(cmw))
        }
        _ => return None,
    };
    let mut reader = Reader(body);
    let context = reader.vector(1)?.to_vec();
    let mut entries = Reader(reader.vector(3)?);
    let mut chain = Vec::new();
    let mut shown = None;
    while !entries.0.is_empty() {
        let der = entries.vector(3)?;
        let extensions = entries.vector(2)?;
        if chain.is_empty() {
            shown = Reader(extensions)
                .extension(CMW_ATTESTATION)
                .and_then(|body| Reader(body).vector(2))
                .map(<[u8]>::to_vec);
        }
        chain.push(der.to_vec());
    }
    Some(Certificates {
        context,
        chain,
        cmw: woven.or(shown),
    })
}

/// The context of a request.
pub fn read_request(octets: &[u8]) -> Option<&[u8]> {
    Reader(body(CLIENT_CERTIFICATE_REQUEST, octets)?).vector(1)
}

/// The signature of a CertificateVerify.
pub fn read_certificate_verify(octets: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader(body(CERTIFICATE_VERIFY, octets)?);
    reader.take(2)?;
    reader.vector(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hellos_are_read_as_they_were_made() {
        let nonce = [0xa5; 32];
        let made = client_hello(Suite::Sha256, &[1; 32], &[2; 32], Asks::Nonce(&nonce));
        let read = read_client_hello(&made).expect("well-formed");
        assert_eq!((read.random, read.share), (&[1; 32][..], &[2; 32][..]));
        assert_eq!(read.nonce, nonce);
        let made = server_hello(Suite::Sha384, &[3; 32], &[4; 32], b"id");
        let read = read_server_hello(&made);
        assert_eq!(read, Some((&[3; 32][..], &[4; 32][..])));
        for cut in 0..made.len() {
            assert_eq!(read_server_hello(&made[..cut]), None);
        }
    }

    #[test]
    fn certificates_are_read_as_they_were_made() {
        let chain = vec![b"first".to_vec(), b"second".to_vec()];
        let plain = certificate(b"context", &chain, &attestation_extension(b"cmw"));
        let read = read_certificate(&plain).expect("well-formed");
        assert_eq!(read.context, b"context");
        assert_eq!(
            (&read.chain, read.cmw.as_deref()),
            (&chain, Some(&b"cmw"[..]))
        );
        let read = read_certificate(&woven_certificate(&chain, b"woven")).expect("well-formed");
        assert_eq!(
            (&read.chain, read.cmw.as_deref()),
            (&chain, Some(&b"woven"[..]))
        );
        for cut in 0..plain.len() {
            assert_eq!(read_certificate(&plain[..cut]), None);
        }
    }
}
