//! A bidirectional stream as one value that reads and writes.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use quinn::{RecvStream, SendStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Application data of an attested connection.
///
/// Shutting it down waits until the peer has what was sent, so that the
/// connection may be closed afterwards without loss.
pub struct Stream {
    receiving: RecvStream,
    sending: SendStream,
    delivered: Option<Delivered>,
}

type Delivered = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

impl Stream {
    pub(super) fn new((sending, receiving): (SendStream, RecvStream)) -> Self {
        Self {
            receiving,
            sending,
            delivered: None,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        AsyncRead::poll_read(Pin::new(&mut self.receiving), context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(&mut self.sending), context, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(&mut self.sending), context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.delivered.is_none() {
            ready!(Pin::new(&mut self.sending).poll_shutdown(context))?;
            let stopped = self.sending.stopped();
            self.delivered = Some(Box::pin(async move {
                // A peer that wants no more of it has what it wants.
                stopped.await.map(|_| ()).map_err(io::Error::from)
            }));
        }
        match &mut self.delivered {
            Some(delivered) => delivered.as_mut().poll(context),
            None => Poll::Ready(Ok(())),
        }
    }
}
