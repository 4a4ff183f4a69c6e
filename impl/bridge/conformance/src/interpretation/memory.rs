//! What one session after the other asks again.
//!
//! Servers show the same certificate, and authorities have signed it once. Both
//! questions have one answer for the same octets, so an answer is kept with the
//! octets it was given for, all of which are compared. The latest few are kept,
//! hence memory does not grow with the number of sessions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    crypto::signature::{self, Unsupported},
    octets::Octets,
    wire::{Codec, Decoded, Profile, WireError},
};

/// How many answers are kept.
const KEPT: usize = 64;

/// Certificates and chains of them, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Certificates(Latest<(Codec, Octets), Arc<Decoded>>);

impl Certificates {
    /// Whether these are certificates, which no profile makes others.
    pub(crate) fn are(codec: Codec) -> bool {
        matches!(
            codec,
            Codec::EvidenceCertificate | Codec::EvidenceChain | Codec::X509
        )
    }

    pub(crate) fn decode(
        &self,
        codec: Codec,
        octets: &Octets,
        profile: &Profile,
    ) -> Result<Arc<Decoded>, WireError> {
        let question = (codec, octets.clone());
        self.0
            .answer(&question, || codec.decode(octets, profile).map(Arc::new))
    }
}

/// Signatures, and whether they verify: the two ends of a session are about
/// the same ones.
#[derive(Debug, Default)]
pub(crate) struct Verified(Latest<[Octets; 3], bool>);

impl Verified {
    pub(crate) fn verifies(
        &self,
        key: &Octets,
        message: &Octets,
        signature: &Octets,
    ) -> Result<bool, Unsupported> {
        // The signature first: it tells most of them apart.
        let all = [signature, key, message].map(Octets::clone);
        let [signature, key, message] = &all;
        self.0
            .answer(&all, || signature::verify(key, message, signature))
    }
}

/// The latest questions with their answers, last asked last.
#[derive(Debug)]
struct Latest<Q, A>(Mutex<Vec<(Q, A)>>);

impl<Q, A> Default for Latest<Q, A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Q: Clone + PartialEq, A: Clone> Latest<Q, A> {
    /// What was found before, or what is found now. Errors are not kept.
    fn answer<E>(&self, question: &Q, find: impl FnOnce() -> Result<A, E>) -> Result<A, E> {
        let mut kept = self.kept();
        if let Some(place) = kept.iter().position(|(known, _)| known == question) {
            kept[place..].rotate_left(1);
            if let Some((_, answer)) = kept.last() {
                return Ok(answer.clone());
            }
        }
        // Nobody else waits while it is found.
        drop(kept);
        let answer = find()?;
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((question.clone(), answer.clone()));
        Ok(answer)
    }

    /// Whole at any time: an entry is put in, moved or taken out at once.
    fn kept(&self) -> MutexGuard<'_, Vec<(Q, A)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, Latest};

    #[test]
    fn the_latest_are_kept_and_no_others() {
        let latest = Latest::default();
        let ask = |question: usize| {
            let mut found = false;
            let answer = latest.answer(&question, || {
                found = true;
                Ok::<_, ()>(question * 2)
            });
            assert_eq!(answer, Ok(question * 2));
            found
        };
        for question in 0..KEPT {
            assert!(ask(question));
        }
        assert!(!ask(0), "the oldest is known and now the latest");
        assert!(ask(KEPT));
        assert!(!ask(0));
        assert!(ask(1), "room was made by the oldest");
        assert!(latest.kept().len() <= KEPT);
    }

    #[test]
    fn an_error_is_asked_again() {
        let latest: Latest<u8, u8> = Latest::default();
        assert_eq!(latest.answer(&1, || Err("unknown")), Err("unknown"));
        assert_eq!(latest.answer(&1, || Ok::<_, &str>(2)), Ok(2));
    }
}
