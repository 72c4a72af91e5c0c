//! How an agent ends that is told to: in order, and at once the second time.

use std::io::{Read, Write};
use std::net::TcpStream;

use leasehold_testkit::daemon::{Daemon, send};
use leasehold_testkit::installation::Installation;
use leasehold_testkit::offline::carry;
use leasehold_testkit::programs::agent;

#[tokio::test(flavor = "multi_thread")]
async fn the_second_signal_ends_it_at_once() {
    let installation = Installation::new();
    let (server, client) = installation.serve();
    super::upstream::sell(&client, "I1").await;
    let key = client.make("/token", &[("tokenType", "APIKEY")]).await;
    let home = installation.beside("agent");
    carry(server.address(), &["I1"], &home);
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut command = agent();
        command
            .args(["run-offline", "--port=0", "--work-dir"])
            .arg(&home);
        let find = |line: &str| {
            let rest = line.split("http://").nth(1)?;
            Some(rest.split('/').next()?.to_owned())
        };
        let (mut program, address) = Daemon::start(&mut command, find);
        // A request whose body never comes: it is waited for while the program drains.
        let mut stuck = TcpStream::connect(&address).unwrap();
        let credentials = format!("apiKey:{}", key.get("number").unwrap());
        let credentials =
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, credentials);
        let head = format!(
            "POST /rest/licensee/I1/validate HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\
             Authorization: Basic {credentials}\r\nContent-Length: 10\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        );
        stuck.write_all(head.as_bytes()).unwrap();
        let mut asked = [0; 12];
        stuck.read_exact(&mut asked).unwrap();
        assert_eq!(&asked, b"HTTP/1.1 100");
        send(signal, &[program.id()]);
        program.wait_for("stopping");
        send(signal, &[program.id()]);
        assert_eq!(program.wait().code(), Some(code), "{}", program.written());
        println!("{code:>4}  the second SIG{signal} while a request is waited for");
    }
    println!("exit codes [130, 143]: 2 passed, 0 failed");
}
