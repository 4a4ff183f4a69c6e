//! A peer that may do anything: stock rustls underneath, and above it frames
//! and authenticators put together by hand, so that each can be wrong in one
//! place and right in all others.

use std::io::{Read, Write};

use attested::Error;
use attested::post::Endpoint;
use ring::{digest, hmac};
use rustls::{Connection, SignatureScheme};

use super::spki;

pub const REQUEST: u8 = 1;
pub const AUTHENTICATOR: u8 = 2;
pub const DATA: u8 = 3;
pub const ALERT: u8 = 4;

pub type Frame = (u8, Vec<u8>);

/// What a raw peer does when the handshake is over (`None`) and at each frame.
type React<'a> = Box<dyn FnMut(&Kit<'_>, Option<&Frame>) -> Vec<Frame> + 'a>;

pub struct RawPeer<'a> {
    pub tls: Connection,
    pub received: Vec<Frame>,
    react: React<'a>,
    plaintext: Vec<u8>,
    greeted: bool,
}

impl<'a> RawPeer<'a> {
    pub fn new(
        tls: impl Into<Connection>,
        react: impl FnMut(&Kit<'_>, Option<&Frame>) -> Vec<Frame> + 'a,
    ) -> Self {
        Self {
            tls: tls.into(),
            received: Vec::new(),
            react: Box::new(react),
            plaintext: Vec::new(),
            greeted: false,
        }
    }

    fn play(&mut self, frame: Option<&Frame>) {
        let frames = (self.react)(&Kit { tls: &self.tls }, frame);
        for (kind, body) in frames {
            let header = [&[kind], (body.len() as u32).to_be_bytes().as_slice()].concat();
            self.tls.writer().write_all(&header).expect("in memory");
            self.tls.writer().write_all(&body).expect("in memory");
        }
    }
}

impl Endpoint for RawPeer<'_> {
    fn receive(&mut self, mut octets: &[u8]) -> Result<(), Error> {
        while !octets.is_empty() {
            let taken = self.tls.read_tls(&mut octets).expect("in memory");
            let state = self.tls.process_new_packets()?;
            let start = self.plaintext.len();
            self.plaintext
                .resize(start + state.plaintext_bytes_to_read(), 0);
            self.tls
                .reader()
                .read_exact(&mut self.plaintext[start..])
                .expect("as many as were announced");
            if taken == 0 {
                break;
            }
        }
        if !self.greeted && !self.tls.is_handshaking() {
            self.greeted = true;
            self.play(None);
        }
        while let [kind, a, b, c, d, rest @ ..] = self.plaintext.as_slice() {
            let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
            let Some(body) = rest.get(..length) else {
                break;
            };
            let frame = (*kind, body.to_vec());
            self.plaintext.drain(..5 + length);
            self.received.push(frame.clone());
            self.play(Some(&frame));
        }
        Ok(())
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn transmit(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut octets).expect("in memory");
        }
        octets
    }
}

/// The parts of an authenticator, sender = server, on one connection.
pub struct Kit<'a> {
    tls: &'a Connection,
}

impl Kit<'_> {
    pub fn exported(&self, label: &str, context: &[u8], length: usize) -> Vec<u8> {
        self.tls
            .export_keying_material(vec![0; length], label.as_bytes(), Some(context))
            .expect("the handshake is over")
    }

    fn is_sha384(&self) -> bool {
        let suite = self.tls.negotiated_cipher_suite().expect("negotiated");
        format!("{:?}", suite.suite()).ends_with("SHA384")
    }

    pub fn hash(&self, input: &[u8]) -> Vec<u8> {
        let algorithm = if self.is_sha384() {
            &digest::SHA384
        } else {
            &digest::SHA256
        };
        digest::digest(algorithm, input).as_ref().to_vec()
    }

    pub fn hash_length(&self) -> usize {
        if self.is_sha384() { 48 } else { 32 }
    }

    /// The binder for `identity` on this connection.
    pub fn binder(&self, identity: &attested::Identity, context: &[u8]) -> Vec<u8> {
        let exported = self.exported("Attestation", context, 32);
        self.hash(&[spki(identity), exported].concat())
    }

    pub fn certificate_verify(
        &self,
        signer: &attested::Identity,
        request: &[u8],
        certificate: &[u8],
    ) -> Vec<u8> {
        let transcript = self.hash(&[&self.handshake_context(), request, certificate].concat());
        let octets = [
            b" ".repeat(64),
            b"Exported Authenticator\0".to_vec(),
            transcript,
        ]
        .concat();
        let scheme = SignatureScheme::ECDSA_NISTP256_SHA256;
        let signer = signer.key.choose_scheme(&[scheme]).expect("a P-256 key");
        let signature = signer.sign(&octets).expect("signed");
        let length = (signature.len() as u16).to_be_bytes();
        message(15, &[&[4, 3], length.as_slice(), &signature].concat())
    }

    pub fn finished(&self, request: &[u8], messages: &[u8]) -> Vec<u8> {
        let transcript = self.hash(&[&self.handshake_context(), request, messages].concat());
        let key = self.exported(
            "EXPORTER-server authenticator finished key",
            b"",
            self.hash_length(),
        );
        let algorithm = if self.is_sha384() {
            hmac::HMAC_SHA384
        } else {
            hmac::HMAC_SHA256
        };
        let mac = hmac::sign(&hmac::Key::new(algorithm, &key), &transcript);
        message(20, mac.as_ref())
    }

    fn handshake_context(&self) -> Vec<u8> {
        self.exported(
            "EXPORTER-server authenticator handshake context",
            b"",
            self.hash_length(),
        )
    }

    /// Signs and closes a Certificate message.
    pub fn close(
        &self,
        signer: &attested::Identity,
        request: &[u8],
        certificate: Vec<u8>,
    ) -> Vec<u8> {
        let certificate_verify = self.certificate_verify(signer, request, &certificate);
        let messages = [certificate, certificate_verify].concat();
        let finished = self.finished(request, &messages);
        [messages, finished].concat()
    }
}

/// The context of a request.
pub fn context_of(request: &[u8]) -> &[u8] {
    let length = usize::from(request[4]);
    &request[5..5 + length]
}

pub fn message(typ: u8, body: &[u8]) -> Vec<u8> {
    [&[typ], number(body.len(), 3).as_slice(), body].concat()
}

/// `value` in `width` octets.
pub fn number(value: usize, width: usize) -> Vec<u8> {
    value.to_be_bytes()[8 - width..].to_vec()
}

/// DER, then extensions as type and body.
pub type Entry<'a> = (&'a [u8], Vec<(u16, Vec<u8>)>);

/// A Certificate message.
pub fn certificate(context: &[u8], entries: &[Entry<'_>]) -> Vec<u8> {
    let mut list = Vec::new();
    for (der, extensions) in entries {
        list.extend(number(der.len(), 3));
        list.extend_from_slice(der);
        let mut inner = Vec::new();
        for (typ, body) in extensions {
            inner.extend(number(usize::from(*typ), 2));
            inner.extend(number(body.len(), 2));
            inner.extend(body);
        }
        list.extend(number(inner.len(), 2));
        list.extend(inner);
    }
    message(
        11,
        &[
            number(context.len(), 1),
            context.to_vec(),
            number(list.len(), 3),
            list,
        ]
        .concat(),
    )
}

/// The body of a `cmw_attestation` that answers.
pub fn cmw_attestation(cmw: &[u8]) -> Vec<u8> {
    [number(cmw.len(), 2), cmw.to_vec()].concat()
}

/// A request for `context` with `signature_algorithms` (P-256) and an empty
/// extension 0xff00.
pub fn request(context: &[u8]) -> Vec<u8> {
    let extensions = [0, 13, 0, 4, 0, 2, 4, 3, 0xff, 0, 0, 0];
    message(
        17,
        &[
            number(context.len(), 1),
            context.to_vec(),
            number(extensions.len(), 2),
            extensions.to_vec(),
        ]
        .concat(),
    )
}
