//! What a caller may ask of an agent at most (agent specification, 16.2, T19).

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::run_offline::imported;
use crate::support::program::Program;

/// Connections at a time.
const CONNECTIONS: usize = 1000;

/// apiKey:K-EVERYBODY
const HEAD: &str = "POST /rest/licensee/I1/validate HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
     Authorization: Basic YXBpS2V5OkstRVZFUllCT0RZ\r\n\
     Content-Type: application/x-www-form-urlencoded\r\n";

fn connect(program: &Program) -> TcpStream {
    let address = program.address.trim_start_matches("http://");
    let stream = TcpStream::connect(address.trim_end_matches("/rest")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream
}

fn answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_body_has_at_most_a_mebibyte() {
    // Within the limit it is read, and found to hold a value that is too long.
    let directory = imported().await;
    let program = Program::start(directory.path());
    for (size, status) in [(1 << 20, "HTTP/1.1 400"), ((1 << 20) + 1, "HTTP/1.1 413")] {
        let mut stream = connect(&program);
        let head = format!("{HEAD}Content-Length: {size}\r\n\r\nother=");
        stream.write_all(head.as_bytes()).unwrap();
        let body = vec![b'x'; size - "other=".len()];
        // A caller whose body is not wanted may find that nobody reads it.
        let _ = stream.write_all(&body);
        let told = answer(&mut stream);
        assert!(told.starts_with(status), "{size}: {told}");
    }
}

/// The one beyond the limit waits until another goes; nobody is turned away.
#[tokio::test]
async fn there_are_a_thousand_connections_at_a_time() {
    let directory = imported().await;
    let program = Program::start(directory.path());
    let mut others: Vec<TcpStream> = (0..CONNECTIONS).map(|_| connect(&program)).collect();
    let mut late = connect(&program);
    let request = format!("{HEAD}Content-Length: 0\r\n\r\n");
    late.write_all(request.as_bytes()).unwrap();
    late.set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let waits = late.read(&mut [0]).unwrap_err();
    assert!(matches!(
        waits.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut
    ));
    drop(others.pop());
    late.set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    assert_eq!(answer(&mut late), "HTTP/1.1 200 OK");
}

/// A head that does not come is waited for ten seconds, and noticed within as long again. It takes
/// that long, so it is tried in the long form only.
#[tokio::test]
async fn who_sends_his_head_drop_by_drop_is_cut() {
    if std::env::var_os("LEASEHOLD_LONG").is_none() {
        return;
    }
    let directory = imported().await;
    let program = Program::start(directory.path());
    let mut slow = connect(&program);
    let mut silent = connect(&program);
    let begun = Instant::now();
    let mut drops = HEAD.bytes();
    slow.set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let cut = loop {
        let Some(drop) = drops.next() else {
            panic!("nobody cut it");
        };
        if slow.write_all(&[drop]).is_err() {
            break begun.elapsed();
        }
        match slow.read(&mut [0]) {
            Ok(_) => break begun.elapsed(),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break begun.elapsed(),
            Err(_nothing_yet) => {}
        }
    };
    assert!(cut < Duration::from_secs(25), "{cut:?}");
    assert_eq!(silent.read(&mut [0]).unwrap(), 0);
}
