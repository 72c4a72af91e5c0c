//! The reference: hyper with the server's own settings, and one fixed reply of a validation's size.
//! What it reaches is what the machine, the kernel and the library allow.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// Listens, tells where, and answers with so many bytes until it is killed.
pub(crate) async fn serve(bind: SocketAddr, length: usize) -> anyhow::Result<()> {
    let listener = TcpListener::bind(bind).await?;
    println!("bare hyper listens on http://{}", listener.local_addr()?);
    let body = Bytes::from(vec![b'x'; length]);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let body = body.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request| answer(request, body.clone()));
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer);
            // A caller who is gone is no concern of the reference.
            let _ended = connection.await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    body: Bytes,
) -> Result<Response<Full<Bytes>>, Infallible> {
    // The form is read, as the server must read it.
    let _read = request.into_body().collect().await;
    let length = HeaderValue::from(body.len());
    let mut response = Response::new(Full::new(body));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/xml;charset=UTF-8"),
    );
    headers.insert(CONTENT_LENGTH, length);
    Ok(response)
}
