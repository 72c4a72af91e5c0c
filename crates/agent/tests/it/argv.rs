//! No secret stays on the process list (agent specification, 16.2, T11).

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Stdio;

use crate::run_offline::imported;
use crate::support::program::{Program, agent};

/// What every user of the machine sees of a process.
fn line_of(process: u32) -> String {
    let line = std::fs::read(format!("/proc/{process}/cmdline")).unwrap();
    String::from_utf8(line).unwrap().replace('\0', " ")
}

#[test]
fn a_password_on_the_line_reaches_the_server_and_nobody_else() {
    let directory = tempfile::tempdir().unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("--core.base.host=http://{}", server.local_addr().unwrap());
    for written in [
        &["-p", "hunter2"][..],
        &["-phunter2"],
        &["--nlic.password=hunter2"],
    ] {
        let mut program = agent(directory.path())
            .args([
                "export-assets",
                "--without-card",
                "--plaintext",
                "-u=acme",
                "-lI1",
                &host,
            ])
            .args(written)
            // The line prevails over these.
            .env("LEASEHOLD_AGENT_NLIC_PASSWORD", "another")
            .env_remove("LEASEHOLD_AGENT_NLIC_PASSWORD_FILE")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It waits for the answer, while everybody may look.
        let (mut stream, _) = server.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        let request = String::from_utf8(request).unwrap().to_ascii_lowercase();
        // acme:hunter2
        assert!(
            request.contains("authorization: basic ywntztpodw50zxiy"),
            "{request}"
        );
        let line = line_of(program.id());
        assert!(line.contains("export-assets"), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
        stream
            .write_all(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        assert_eq!(program.wait().unwrap().code(), Some(3));
    }
}

/// Scripts share a list of options between actions.
#[tokio::test]
async fn a_password_that_serves_for_nothing_is_not_kept_at_all() {
    let directory = imported().await;
    let program = Program::start_with(directory.path(), &["-u", "acme", "-p", "hunter2"]);
    let process = program.child.id();
    assert!(!line_of(process).contains("hunter2"));
    let variables = std::fs::read(format!("/proc/{process}/environ")).unwrap();
    assert!(!String::from_utf8_lossy(&variables).contains("hunter2"));
}
