//! A service that gives out seats as one does it at first: it reads the count, and writes later. It
//! shows that the harness can tell when there are more sessions than seats.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use memchr::memmem;
use tokio::net::TcpListener;

type Sessions = Arc<Mutex<HashSet<Bytes>>>;

/// Listens, tells where, and gives out so many seats until it is killed.
pub(crate) async fn serve(bind: SocketAddr, seats: usize) -> anyhow::Result<()> {
    let listener = TcpListener::bind(bind).await?;
    println!(
        "the naive service listens on http://{}",
        listener.local_addr()?
    );
    let sessions = Sessions::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let sessions = Arc::clone(&sessions);
        tokio::spawn(async move {
            let answer = service_fn(move |request| answer(request, Arc::clone(&sessions), seats));
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer);
            // A caller who is gone is no concern of the service.
            let _ended = connection.await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    sessions: Sessions,
    seats: usize,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let form = request.into_body().collect().await?.to_bytes();
    // Module and session stand before the action, and name the session.
    let is_valid = match memmem::find(&form, b"action0=checkOut") {
        Some(action) => check_out(&sessions, form.slice(..action), seats).await,
        None => check_in(&sessions, &form),
    };
    let text = format!("<property name=\"valid\">{is_valid}</property>");
    Ok(Response::new(Full::new(text.into())))
}

async fn check_out(sessions: &Sessions, session: Bytes, seats: usize) -> bool {
    let taken = lock(sessions).len();
    // Somewhere between reading and writing there is a wait.
    tokio::task::yield_now().await;
    let is_free = taken < seats;
    if is_free {
        lock(sessions).insert(session);
    }
    is_free
}

fn check_in(sessions: &Sessions, form: &Bytes) -> bool {
    if let Some(action) = memmem::find(form, b"action0=checkIn") {
        lock(sessions).remove(&form[..action]);
    }
    true
}

fn lock(sessions: &Sessions) -> std::sync::MutexGuard<'_, HashSet<Bytes>> {
    // A set is whole after every single change.
    sessions.lock().unwrap_or_else(PoisonError::into_inner)
}
