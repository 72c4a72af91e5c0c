//! The rendering of a pricing table (wire contract, 7.14): HTML, of which nothing is markup but
//! what the server wrote.

use expect_test::expect_file;
use http_body_util::BodyExt;

use crate::support::Server;

#[tokio::test]
async fn a_pricing_table_is_rendered_and_nothing_in_it_is_taken_for_markup() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    let requests = [
        "POST /product number=P1&name=Painter",
        "POST /productmodule productNumber=P1&number=M1&name=%3Cb%3EPlans%3C/b%3E&licensingModel=PricingTable&skudef=%7B%22skudef%22%3A%5B%7B%22number%22%3A%22A%5C%22%27%26%22%2C%22name%22%3A%22%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%22%2C%22type%22%3A%22FEATURE%22%7D%2C%7B%22number%22%3A%22B%22%2C%22name%22%3A%22Seats%22%2C%22type%22%3A%22QUOTA%22%7D%5D%7D",
        "POST /licensetemplate productModuleNumber=M1&number=%22%3E%3Cscript%3E&name=Free%20%26%20easy&licenseType=FEATURE&skus=%7B%22B%22%3A1%7D&description=%3Cscript%3Ealert('1')%3C/script%3E",
        "POST /licensetemplate productModuleNumber=M1&number=E2&name=All&licenseType=TIMEVOLUME&timeVolume=1&price=9.5&currency=EUR&skus=%7B%22A%5C%22%27%26%22%3Atrue%2C%22B%22%3A-1%7D",
        "POST /licensetemplate productModuleNumber=M1&number=E3&name=Hidden&licenseType=FEATURE&hidden=true",
        "POST /licensetemplate productModuleNumber=M1&number=E4&name=Old&licenseType=FEATURE&active=false",
    ];
    server.prepare(&key, &requests).await;
    let line = "GET /licensingmodel/PricingTable/render?productModuleNumber=M1";
    for accept in [Some("text/html"), Some("*/*"), None] {
        let mut request = key.request(line);
        if let Some(accept) = accept {
            request = request.header("Accept", accept);
        }
        let reply = server.send(request, "").await;
        assert_eq!(reply.status(), 200, "{accept:?}");
        assert_eq!(reply.headers()["content-type"], "text/html;charset=UTF-8");
        let body = reply.into_body().collect().await.unwrap().to_bytes();
        let html = String::from_utf8(body.to_vec()).unwrap();
        for markup in ["<script", "<img", "<b>", "onerror=alert(1)>"] {
            assert!(!html.contains(markup), "{html}");
        }
        expect_file!["lives/pricing_table.html"].assert_eq(&html);
    }
    // A refusal is an envelope, in the form that every client reads.
    let line = "GET /licensingmodel/PricingTable/render?productModuleNumber=M9";
    let request = key.request(line).header("Accept", "text/html");
    let reply = server.send(request, "").await;
    assert_eq!(reply.status(), 400);
    assert_eq!(
        reply.headers()["content-type"],
        "application/xml;charset=UTF-8"
    );
}
