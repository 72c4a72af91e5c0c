//! The listener: accepts connections and speaks HTTP/1.1 on them, over TLS or not, within limits.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use leasehold_store::Store;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::rest::auth::Credentials;
use crate::rest::call::Principal;
use crate::rest::cors::Cors;
use crate::rest::forwarded::Seen;
use crate::rest::page::Page;
use crate::rest::problem::Problem;
use crate::rest::pulse::Pulse;
use crate::rest::route::Route;
use crate::rest::router::Router;
use crate::rest::tls::Tls;

/// Connections at a time.
const CONNECTIONS: usize = 1000;

/// How much of a connection is buffered, hence how long a request's head may be.
const BUFFER: usize = 64 * 1024;

/// How long a handshake may take. Whoever is slower holds a connection that others wait for.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long running requests get when the program stops.
const DRAIN: Duration = Duration::from_secs(10);

const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What is served: the server's vendor API, or an agent's small part of it.
pub trait Application: Send + Sync + Sized + 'static {
    /// The base paths that all routes stand below, for example `/core/v2/rest`.
    const BASES: &'static [&'static str];

    /// The methods that some path or other offers, for those who ask without credentials.
    const METHODS: &'static str = "GET, HEAD, POST, DELETE, OPTIONS";

    /// What stands before every base path, as a reverse proxy passes it on: `/license`, or nothing.
    fn base_path(&self) -> &str {
        ""
    }

    /// Every endpoint.
    fn routes(&self) -> &[Route<Self>];

    /// The clock that is read once per request.
    fn clock(&self) -> &dyn Clock;

    /// Who asks, when `peer` sends these headers: a proxy's word counts where it is trusted.
    fn seen(&self, peer: IpAddr, _headers: &HeaderMap) -> Seen {
        Seen::directly(peer)
    }

    /// Refuses a request by its headers alone, before it is asked who sends it.
    fn admit(&self, _headers: &HeaderMap) -> Result<(), Problem> {
        Ok(())
    }

    /// Pages beside the API.
    fn pages(&self) -> &[Page<Self>] {
        &[]
    }

    /// Tells who asks. `None`: the request shows no credentials.
    fn authenticate(
        &self,
        credentials: Option<Credentials>,
        source: IpAddr,
        now: Timestamp,
    ) -> impl Future<Output = Result<Principal, Problem>> + Send;

    /// Where replies are remembered.
    fn store(&self) -> &Store;

    /// The text of a remembered reply, as whoever answers wrote it along with a change. `None`: it
    /// cannot be read any more.
    fn remembered(&self, kept: &str) -> Option<String> {
        Some(kept.to_owned())
    }

    /// Which web pages may call.
    fn cors(&self) -> &Cors;

    /// The API's description in OpenAPI, where there is one (`/openapi.json`).
    fn description(&self) -> Option<&[u8]> {
        None
    }

    /// True while requests can be answered (`/readyz`).
    fn is_ready(&self) -> bool;
}

/// What answers the requests of connections.
pub trait Answer: Send + Sync + 'static {
    /// Answers one request, from the address at the other end of its connection.
    fn answer(
        &self,
        request: Request<Incoming>,
        peer: IpAddr,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send;
}

impl<A: Application> Answer for Router<A> {
    async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Full<Bytes>> {
        Self::answer(self, request, peer).await
    }
}

/// Where connections come from.
pub struct Listener {
    /// The socket.
    pub socket: TcpListener,
    /// What TLS is spoken with; `None`: plain HTTP.
    pub tls: Option<Arc<Tls>>,
}

impl From<TcpListener> for Listener {
    /// One that speaks plain HTTP.
    fn from(socket: TcpListener) -> Self {
        Self { socket, tls: None }
    }
}

/// Serves until `stop` resolves; then takes no new connection and lets running requests end,
/// for at most ten seconds.
pub async fn serve<A: Application>(
    application: Arc<A>,
    listener: impl Into<Listener>,
    stop: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    listen(Arc::new(Router::new(application)), listener, stop).await
}

/// The same for whatever answers.
pub async fn listen(
    router: Arc<impl Answer>,
    listener: impl Into<Listener>,
    stop: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    let Listener { socket, tls } = listener.into();
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let (stopping, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        // Beyond the limit, callers wait in the system's queue instead of in our memory.
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, socket.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = Connection {
                    router: Arc::clone(&router),
                    source: peer.ip(),
                    stopped: stopped.clone(),
                };
                let tls = tls.clone();
                connections.spawn(async move {
                    connection.serve(stream, tls).await;
                    drop(slot);
                });
            }
            // The caller went away in the queue, or descriptors ran out: neither ends the program.
            Err(error) => {
                tracing::warn!(error = error.to_string(), "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(socket);
    drop(stopping);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, ended).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "connections were cut that did not end in time"
        );
    }
    Ok(())
}

/// One caller's connection.
struct Connection<A> {
    router: Arc<A>,
    source: IpAddr,
    /// Fails to change when it is time to stop.
    stopped: watch::Receiver<()>,
}

impl<A: Answer> Connection<A> {
    async fn serve(mut self, stream: TcpStream, tls: Option<Arc<Tls>>) {
        // An answer is one small write, which must not wait for the next.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(error = error.to_string(), "the connection is gone");
            return;
        }
        let Some(tls) = tls else {
            return self.speak(stream).await;
        };
        let shaken = tokio::select! {
            shaken = tls.shake_hands(stream, HANDSHAKE) => shaken,
            // Nothing was asked yet.
            _ = self.stopped.changed() => return,
        };
        match shaken {
            Ok(stream) => self.speak(stream).await,
            Err(error) => tracing::debug!(error = error.to_string(), "a TLS handshake failed"),
        }
    }

    async fn speak(mut self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let (router, source, pulse) = (&*self.router, self.source, &Pulse::default());
        let service = service_fn(|request| async move {
            pulse.beat();
            let response = router.answer(request, source).await;
            pulse.beat();
            Ok::<_, Infallible>(response)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            // The pulse tells it with one timer a connection, not one a request.
            .header_read_timeout(None)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            biased;
            ended = connection.as_mut() => ended,
            _ = self.stopped.changed() => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection => ended,
                    () = pulse.rests() => return,
                }
            }
            () = pulse.rests() => return,
        };
        if let Err(error) = ended {
            tracing::debug!(error = error.to_string(), "a connection ended early");
        }
    }
}
