//! Callers who show a certificate, or none, or a wrong one.

use leasehold_testkit::authority::Authority;
use leasehold_testkit::programs::Serving;

use super::{Asked, Home, ok, path};

#[tokio::test(flavor = "multi_thread")]
async fn only_callers_with_a_certificate_of_the_authority_are_answered() {
    let (home, authority) = (Home::new().await, Authority::new());
    let server = authority.server("server");
    let options = [
        format!("--tls.cert={}", path(&server.certificate)),
        format!("--tls.key={}", path(&server.key)),
        format!("--tls.client-ca={}", path(&authority.certificate())),
    ];
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let right = authority.client("machine");
    let stranger = Authority::new();
    let wrong = stranger.client("machine");
    // A server's certificate does not make a caller.
    let misused = authority.server("another");
    let known = authority.certificate();
    let mut checks = 0;
    for version in ["1.2", "1.3"] {
        let agent = Serving::agent_with(&home.folder(), &options);
        for (shown, is_right) in [
            (Some(&right), true),
            (None, false),
            (Some(&wrong), false),
            (Some(&misused), false),
        ] {
            let mut asked = vec!["--tls-max", version];
            if let Some(identity) = shown {
                asked.extend(["--cert", path(&identity.certificate)]);
                asked.extend(["--key", path(&identity.key)]);
            }
            let answer = home.curl(agent.address(), &known, &asked);
            match is_right {
                true => assert_eq!(answer, ok(), "{asked:?}"),
                false => assert!(matches!(answer, Asked::Failed(_)), "{asked:?}: {answer:?}"),
            }
            checks += 1;
        }
        assert!(agent.stop().success());
    }
    println!("tls client certificates: {checks} passed, 0 failed");
}
