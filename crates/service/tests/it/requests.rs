//! Requests to a router in process: who may ask, what is found, which form the answer has.

use hyper::header::CONTENT_LENGTH;

use crate::support::{ask, post, request, set};

const THING: &str = "/core/v2/rest/thing/T1";

fn xml_error(id: &str) -> String {
    format!("<ns2:infos><ns2:info id=\"{id}\" type=\"error\">")
}

#[tokio::test]
async fn the_form_of_the_answer_follows_accept() {
    for (accept, json) in [
        ("", false),
        ("*/*", false),
        ("text/xml", false),
        ("application/json", true),
        ("application/xml;q=0.1, application/json", true),
    ] {
        // An error is negotiated as a good answer is.
        for path in [THING, "/core/v2/rest/missing"] {
            let mut request = request("GET", path);
            set(&mut request, "accept", accept);
            let answer = ask(request).await;
            let kind = answer.header("content-type").unwrap();
            let expected = if json {
                "application/json;charset=UTF-8"
            } else {
                "application/xml;charset=UTF-8"
            };
            assert_eq!(kind, expected, "{accept} {path}");
            assert_eq!(answer.body.starts_with('{'), json);
        }
    }
}

#[tokio::test]
async fn a_form_that_there_is_not_is_refused_in_xml() {
    let mut request = request("GET", THING);
    set(&mut request, "accept", "text/html");
    let answer = ask(request).await;
    assert_eq!(answer.status, 406);
    assert!(
        answer.body.contains(&xml_error("NotAcceptableException")),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn strangers_are_challenged_before_anything_else() {
    for (method, path, authorization) in [
        ("GET", THING, ""),
        ("GET", "/core/v2/rest/no/such/path", ""),
        ("PUT", THING, ""),
        ("GET", "/core/v2/rest/thing/%ZZ", ""),
        ("GET", THING, "Bearer abc"),
        ("GET", THING, "Basic ZGVtbzp3cm9uZw=="),
        ("GET", THING, "Basic ***"),
    ] {
        let mut asked = request(method, path);
        set(&mut asked, "authorization", authorization);
        let answer = ask(asked).await;
        assert_eq!(answer.status, 401, "{method} {path} {authorization}");
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Basic realm=\"NetLicensing\"")
        );
        assert!(answer.body.contains(&xml_error("AuthenticationException")));

        let mut asked = request(method, path);
        set(&mut asked, "authorization", authorization);
        set(&mut asked, "x-requested-with", "XMLHttpRequest");
        let answer = ask(asked).await;
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, None)
        );
    }
}

#[tokio::test]
async fn a_key_may_do_what_its_role_permits() {
    for (key, method, path, status) in [
        ("reader", "GET", THING, 200),
        ("reader", "POST", THING, 403),
        ("reader", "DELETE", THING, 403),
        ("reader", "POST", "/rest/licensee/I1/validate", 200),
        // A key for one licensee validates, whatever its role.
        ("scoped", "POST", "/rest/licensee/I1/validate", 200),
        ("scoped", "GET", THING, 403),
    ] {
        let authorization = match key {
            "reader" => "Basic YXBpS2V5OnJlYWRlcg==",
            _ => "Basic YXBpS2V5OnNjb3BlZA==",
        };
        let mut request = request(method, path);
        set(&mut request, "authorization", authorization);
        let answer = ask(request).await;
        assert_eq!(answer.status, status, "{key} {method} {path}");
        if status == 403 {
            assert!(answer.body.contains(&xml_error("AccessDeniedException")));
        }
    }
}

#[tokio::test]
async fn slashes_collapse_and_segments_are_decoded_once() {
    for (path, captures) in [
        ("//core/v2//rest///thing//T1/", "T1"),
        ("/rest/thing/T1", "T1"),
        ("/rest/thing/a%2Fb%20c+d", "a/b c+d"),
        ("/rest/thing/%2541", "%41"),
        ("/rest/th%69ng/T1", "T1"),
        ("/rest/thing/%C3%BC", "ü"),
    ] {
        let answer = ask(request("GET", path)).await;
        assert_eq!(answer.status, 200, "{path}");
        let property = format!("<ns2:property name=\"captures\">{captures}</ns2:property>");
        assert!(answer.body.contains(&property), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn unreadable_requests_are_malformed() {
    for path in [
        "/rest/thing/%ZZ",
        "/rest/thing/%FF",
        "/rest/thing/..",
        "/rest/thing/%2E%2E",
        "/rest/thing/%07",
        "/rest/thing/T1?a=%Z",
        "/rest/thing/T1?a=%FF",
    ] {
        let answer = ask(request("GET", path)).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(
            answer
                .body
                .contains(&xml_error("MalformedRequestException")),
            "{path}"
        );
    }
    assert_eq!(ask(post(THING, "a=%FF")).await.status, 400);
    assert_eq!(ask(post(THING, &b"a=\xFF"[..])).await.status, 400);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    for path in [
        "/",
        "/core/v2",
        "/core/v2/rest",
        "/core/v2/rest/thing",
        "/rest/thing/T1/x",
        "/x",
    ] {
        let answer = ask(request("GET", path)).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains(&xml_error("NotFoundException")));
    }
    // Outside the bases there is nothing to sign in to.
    let mut request = request("GET", "/favicon.ico");
    set(&mut request, "authorization", "");
    assert_eq!(ask(request).await.status, 404);
}

#[tokio::test]
async fn other_methods_are_told_what_is_offered() {
    for (method, path, allow) in [
        ("PUT", THING, "GET, HEAD, POST, DELETE, OPTIONS"),
        ("PATCH", "/rest/licensee/I1/validate", "POST, OPTIONS"),
        ("DELETE", "/rest/missing", "GET, HEAD, OPTIONS"),
    ] {
        let answer = ask(request(method, path)).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)));
        assert!(
            answer
                .body
                .contains(&xml_error("MethodNotAllowedException"))
        );
    }
    let answer = ask(request("OPTIONS", THING)).await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("allow").is_some());
}

#[tokio::test]
async fn a_body_must_be_a_form() {
    for (content_type, status) in [
        ("application/x-www-form-urlencoded", 200),
        ("application/x-www-form-urlencoded; charset=UTF-8", 200),
        ("Application/X-WWW-Form-Urlencoded;charset=\"utf-8\"", 200),
        ("application/x-www-form-urlencoded; charset=ISO-8859-1", 415),
        ("application/json", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ] {
        let mut asked = post(THING, "a=1");
        set(&mut asked, "content-type", content_type);
        let answer = ask(asked).await;
        assert_eq!(answer.status, status, "{content_type}");
        if status == 415 {
            assert!(
                answer
                    .body
                    .contains(&xml_error("UnsupportedMediaTypeException"))
            );
        }
        // Where nothing is said, it matters not how.
        let mut asked = post(THING, "");
        set(&mut asked, "content-type", content_type);
        assert_eq!(ask(asked).await.status, 200, "{content_type}");
    }
    let mut asked = post(THING, "a=1");
    set(&mut asked, "content-encoding", "gzip");
    assert_eq!(ask(asked).await.status, 415);
}

#[tokio::test]
async fn a_body_is_at_most_one_mebibyte() {
    // Many parameters, since one value is shorter than this.
    let mut form = String::new();
    while form.len() < 1024 * 1024 {
        let left = 1024 * 1024 - form.len();
        form.push_str(&format!("a={}&", "x".repeat(60_000.min(left.max(3) - 3))));
    }
    form.truncate(1024 * 1024);
    assert_eq!(ask(post(THING, form.clone())).await.status, 200);
    form.push('x');
    let answer = ask(post(THING, form)).await;
    assert_eq!(answer.status, 413);
    assert!(answer.body.contains(&xml_error("PayloadTooLargeException")));

    let mut announced = post(THING, "a=1");
    set(&mut announced, CONTENT_LENGTH.as_str(), "1048577");
    assert_eq!(ask(announced).await.status, 413);
}

#[tokio::test]
async fn query_and_body_are_one_and_the_body_wins() {
    let answer = ask(post("/rest/thing/T1?a=1&b=2", "b=3&c=4")).await;
    for property in [("a", "1"), ("b", "3"), ("c", "4")] {
        let (name, value) = property;
        let property = format!("<ns2:property name=\"{name}\">{value}</ns2:property>");
        assert!(answer.body.contains(&property), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_vendor_number_must_be_the_callers_own() {
    for (number, status) in [("VDEMO", 200), ("", 200), ("VOTHER", 403)] {
        let query = format!("/rest/thing/T1?vendorNumber={number}");
        assert_eq!(ask(request("GET", &query)).await.status, status);
        let form = format!("vendorNumber={number}");
        assert_eq!(ask(post(THING, form)).await.status, status);
    }
}

#[tokio::test]
async fn deleting_answers_without_a_body() {
    let answer = ask(request("DELETE", THING)).await;
    assert_eq!((answer.status, &*answer.body), (204, ""));
}

#[tokio::test]
async fn a_panic_is_an_internal_failure_and_says_no_more() {
    let answer = ask(request("GET", "/rest/panic")).await;
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains(&xml_error("InternalServerException")));
    assert!(!answer.body.contains("panic"));
}

#[tokio::test]
async fn anybody_may_ask_whether_the_process_is_well() {
    for path in ["/healthz", "/readyz"] {
        let mut request = request("GET", path);
        set(&mut request, "authorization", "");
        let answer = ask(request).await;
        assert_eq!((answer.status, &*answer.body), (200, "ok\n"));
    }
}
