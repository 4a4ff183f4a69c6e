//! Signatures made.

use std::fmt;
use std::sync::Arc;

use event::{Bytes, Kind};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};

use super::Shared;

pub(super) fn key(
    id: &str,
    inner: Arc<dyn SigningKey>,
    shared: &Arc<Shared>,
) -> Arc<dyn SigningKey> {
    Arc::new(ObservedKey {
        id: id.to_owned(),
        inner,
        shared: Arc::clone(shared),
    })
}

struct ObservedKey {
    id: String,
    inner: Arc<dyn SigningKey>,
    shared: Arc<Shared>,
}

impl SigningKey for ObservedKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        Some(Box::new(ObservedSigner {
            id: self.id.clone(),
            inner: self.inner.choose_scheme(offered)?,
            shared: Arc::clone(&self.shared),
        }))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        self.inner.public_key()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.inner.algorithm()
    }
}

impl fmt::Debug for ObservedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObservedKey({})", self.id)
    }
}

struct ObservedSigner {
    id: String,
    inner: Box<dyn Signer>,
    shared: Arc<Shared>,
}

impl Signer for ObservedSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.inner.sign(message)?;
        self.shared.record(Kind::Sign {
            key: self.id.clone(),
            scheme: self.inner.scheme().into(),
            tbs: Bytes::clear(message),
            signature: Bytes::clear(signature.as_slice()),
        });
        Ok(signature)
    }

    fn scheme(&self) -> SignatureScheme {
        self.inner.scheme()
    }
}

impl fmt::Debug for ObservedSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObservedSigner({})", self.id)
    }
}
