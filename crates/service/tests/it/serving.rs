//! The listener: what can be seen on a connection only.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{DEMO, Tiny};

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<std::io::Result<()>>,
}

async fn serve() -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(leasehold_service::rest::serve::serve(
        Tiny::new(),
        listener,
        async move { drop(stopped.await) },
    ));
    Served {
        address,
        stop,
        ended,
    }
}

/// One response's head and body, as they come from the connection.
async fn response(stream: &mut TcpStream) -> (String, String) {
    let mut seen = Vec::new();
    let end = loop {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).await.unwrap(), 1, "{seen:?}");
        seen.push(byte[0]);
        if seen.ends_with(b"\r\n\r\n") {
            break seen.len();
        }
    };
    let head = String::from_utf8(seen[..end].to_vec()).unwrap();
    let head = head.to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    (head, String::from_utf8(body).unwrap())
}

async fn send(stream: &mut TcpStream, head: &str, body: &str) {
    let request = format!("{head}\r\nHost: x\r\nAuthorization: {DEMO}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    let served = serve().await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    for path in [
        "/rest/thing/T1",
        "/rest/missing",
        "/rest/panic",
        "/rest/thing/T2",
    ] {
        send(&mut stream, &format!("GET {path} HTTP/1.1"), "").await;
        let (head, body) = response(&mut stream).await;
        assert!(head.contains("content-length: "), "{head}");
        assert!(!head.contains("transfer-encoding"), "{head}");
        assert!(body.starts_with("<?xml"), "{path}: {body}");
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let served = serve().await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    send(&mut stream, "GET /rest/thing/T1 HTTP/1.1", "").await;
    let (_, body) = response(&mut stream).await;
    send(
        &mut stream,
        "HEAD /rest/thing/T1 HTTP/1.1\r\nConnection: close",
        "",
    )
    .await;
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    let length = format!("content-length: {}\r\n", body.len());
    assert!(rest.starts_with("HTTP/1.1 200"), "{rest}");
    assert!(rest.to_ascii_lowercase().contains(&length), "{rest}");
    assert!(rest.ends_with("\r\n\r\n"), "{rest}");
}

#[tokio::test]
async fn who_waits_to_be_told_to_go_on_is_told() {
    let served = serve().await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = "POST /rest/thing/T1 HTTP/1.1\r\nExpect: 100-continue\r\n\
                Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3";
    send(&mut stream, head, "").await;
    let (go_on, _) = response(&mut stream).await;
    assert!(go_on.starts_with("http/1.1 100"), "{go_on}");
    stream.write_all(b"a=1").await.unwrap();
    let (_, body) = response(&mut stream).await;
    assert!(
        body.contains("<ns2:property name=\"a\">1</ns2:property>"),
        "{body}"
    );

    // Too large by its own announcement: refused before it is sent.
    let head = head.replace("Length: 3", "Length: 2000000");
    send(&mut stream, &head, "").await;
    let (refused, _) = response(&mut stream).await;
    assert!(refused.starts_with("http/1.1 413"), "{refused}");
}

#[tokio::test]
async fn who_sends_too_much_reads_the_refusal_all_the_same() {
    let served = serve().await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = "POST /rest/thing/T1 HTTP/1.1\r\nContent-Length: 3000000\r\n\
                Content-Type: application/x-www-form-urlencoded";
    send(&mut stream, head, &"x".repeat(3_000_000)).await;
    let (head, body) = response(&mut stream).await;
    assert!(head.starts_with("http/1.1 413"), "{head}");
    assert!(body.contains("PayloadTooLargeException"), "{body}");
}

#[tokio::test]
async fn stopping_ends_idle_connections_and_then_the_server() {
    let served = serve().await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    send(&mut stream, "GET /healthz HTTP/1.1", "").await;
    response(&mut stream).await;
    served.stop.send(()).unwrap();
    served.ended.await.unwrap().unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    assert!(TcpStream::connect(served.address).await.is_err());
}
