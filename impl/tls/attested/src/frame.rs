//! How RFC 9261 messages and application data share one TLS stream.
//!
//! ```text
//! frame: kind (1 byte) || length (4 bytes, big-endian) || body
//! kind:  1 authenticator request   2 authenticator
//!        3 application data        4 alert (one byte, RFC 8446 §6)
//! ```
//!
//! RFC 9261 leaves the carrier to the application; this is ours. Frames are
//! inside the TLS records, so a frame that does not parse is the peer's doing.
//! A body is buffered only up to the cap of its kind, which is known from the
//! five bytes of header.

use crate::error::PeerMisbehaved;

/// Cap of one application-data body, in bytes. Longer data is cut into several
/// frames.
pub(crate) const APPLICATION_DATA_LIMIT: usize = 64 * 1024;

/// What a frame carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FrameKind {
    Alert,
    ApplicationData,
    Authenticator,
    AuthenticatorRequest,
}

impl FrameKind {
    fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::AuthenticatorRequest,
            2 => Self::Authenticator,
            3 => Self::ApplicationData,
            4 => Self::Alert,
            _ => return None,
        })
    }

    fn byte(self) -> u8 {
        match self {
            Self::AuthenticatorRequest => 1,
            Self::Authenticator => 2,
            Self::ApplicationData => 3,
            Self::Alert => 4,
        }
    }

    /// Cap of the body in bytes. Those of RFC 9261's messages are a little
    /// above what `authenticator` reads, so that its errors are the ones seen.
    fn limit(self) -> usize {
        match self {
            Self::Alert => 1,
            Self::ApplicationData => APPLICATION_DATA_LIMIT,
            Self::Authenticator => 300 * 1024,
            Self::AuthenticatorRequest => 20 * 1024,
        }
    }
}

/// One frame, whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    pub(crate) body: Vec<u8>,
}

/// The bytes of a frame. `body` is within the cap of its kind, by the callers:
/// authenticator messages are capped where they are made, data where it is cut.
pub(crate) fn encode(kind: FrameKind, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(5 + body.len());
    out.push(kind.byte());
    out.extend_from_slice(&(body.len() as u32).to_be_bytes());
    out.extend_from_slice(body);
    out
}

/// Turns the peer's plaintext into frames.
///
/// Frames are taken from the front by moving an index, not the bytes, so that
/// a flood of empty frames costs no more than its length.
#[derive(Debug, Default)]
pub(crate) struct Deframer {
    buffer: Vec<u8>,
    /// Bytes of `buffer` that were frames already.
    taken: usize,
    /// Bytes of the stream before the next frame, for error positions.
    consumed: u64,
}

impl Deframer {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame; `None` until more arrives.
    pub(crate) fn pop(&mut self) -> Result<Option<Frame>, PeerMisbehaved> {
        let [kind, a, b, c, d, rest @ ..] = &self.buffer[self.taken..] else {
            return Ok(None);
        };
        let Some(kind) = FrameKind::from_byte(*kind) else {
            return Err(PeerMisbehaved::UnknownFrame {
                kind: *kind,
                at: self.consumed,
            });
        };
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        if length > kind.limit() {
            return Err(PeerMisbehaved::FrameTooLong {
                kind,
                length,
                limit: kind.limit(),
                at: self.consumed,
            });
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let body = body.to_vec();
        self.taken += 5 + length;
        self.consumed += 5 + length as u64;
        Ok(Some(Frame { kind, body }))
    }

    /// Whether the stream ends between two frames.
    pub(crate) fn is_at_boundary(&self) -> bool {
        self.taken == self.buffer.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_any_cut() {
        let stream = [
            encode(FrameKind::AuthenticatorRequest, b"abc"),
            encode(FrameKind::ApplicationData, b""),
            encode(FrameKind::Alert, b"x"),
        ]
        .concat();
        for cut in 0..=stream.len() {
            let mut deframer = Deframer::default();
            let mut frames = Vec::new();
            for part in [&stream[..cut], &stream[cut..]] {
                deframer.push(part);
                while let Some(frame) = deframer.pop().expect("honest") {
                    frames.push((frame.kind, frame.body));
                }
            }
            assert!(deframer.is_at_boundary());
            assert_eq!(
                frames,
                [
                    (FrameKind::AuthenticatorRequest, b"abc".to_vec()),
                    (FrameKind::ApplicationData, vec![]),
                    (FrameKind::Alert, b"x".to_vec()),
                ]
            );
        }
    }

    #[test]
    fn refuses_unknown_and_oversized_frames_from_their_header() {
        let mut deframer = Deframer::default();
        deframer.push(&[9, 0, 0, 0, 0]);
        assert_eq!(
            deframer.pop(),
            Err(PeerMisbehaved::UnknownFrame { kind: 9, at: 0 })
        );
        for kind in [1, 2, 3, 4] {
            let mut deframer = Deframer::default();
            deframer.push(&[kind, 0xff, 0, 0, 0]);
            assert!(matches!(
                deframer.pop(),
                Err(PeerMisbehaved::FrameTooLong { at: 0, .. })
            ));
        }
    }
}
