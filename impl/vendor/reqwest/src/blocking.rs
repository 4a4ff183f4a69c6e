//! The blocking client's names, up to a response that cannot exist.

use std::io;

use crate::Error;

/// Cannot exist; see [`ClientBuilder::build`].
#[derive(Debug)]
pub enum Client {}

impl Client {
    pub fn builder() -> ClientBuilder {
        ClientBuilder(())
    }

    pub fn get(&self, _: impl AsRef<str>) -> RequestBuilder {
        match *self {}
    }
}

/// Accepts settings and builds nothing.
#[derive(Debug)]
pub struct ClientBuilder(());

impl ClientBuilder {
    #[must_use]
    pub fn user_agent(self, _: impl AsRef<str>) -> Self {
        self
    }

    /// Always an error: there is no client to build.
    pub fn build(self) -> Result<Client, Error> {
        Err(Error(()))
    }
}

/// Cannot exist, for want of a [`Client`].
#[derive(Debug)]
pub enum RequestBuilder {}

impl RequestBuilder {
    pub fn send(self) -> Result<Response, Error> {
        match self {}
    }
}

/// Cannot exist, for want of a [`RequestBuilder`].
#[derive(Debug)]
pub enum Response {}

impl Response {
    pub fn error_for_status(self) -> Result<Self, Error> {
        match self {}
    }
}

impl io::Read for Response {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }
}
