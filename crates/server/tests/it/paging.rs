//! Lists: filter, pages and their counts (wire contract, section 3).

use expect_test::expect;
use leasehold_wire::context::Page;

use crate::support::Server;

async fn filled() -> (Server, crate::support::Key) {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server
        .prepare(
            &key,
            &[
                "POST /product number=P1&name=Painter",
                "POST /product number=P2&name=Brush",
            ],
        )
        .await;
    // Created in an order that is neither that of the numbers nor its reverse.
    for number in [4, 1, 7, 3, 6, 2, 5] {
        let product = if number % 2 == 0 { "P2" } else { "P1" };
        let form = format!(
            "productNumber={product}&number=I{number}&segment=s{}",
            number % 3
        );
        server.expect(&key, 200, "POST /licensee", &form).await;
    }
    (server, key)
}

#[tokio::test]
async fn pages_come_in_the_order_of_creation() {
    let (server, key) = filled().await;
    let mut seen = Vec::new();
    for page in 0..3 {
        let line = format!("GET /licensee?filter=page%3D{page}%3Bitems%3D3");
        let answer = server.expect(&key, 200, &line, "").await;
        let told = answer.context().items.unwrap().page.unwrap();
        let numbers = answer.numbers();
        assert_eq!(
            told,
            Page {
                number: page,
                items: numbers.len(),
                total_pages: 3,
                total_items: 7,
                has_next: page < 2,
            }
        );
        seen.extend(numbers);
    }
    assert_eq!(seen, ["I4", "I1", "I7", "I3", "I6", "I2", "I5"]);
    let beyond = server
        .expect(&key, 200, "GET /licensee?filter=page%3D9%3Bitems%3D3", "")
        .await;
    assert_eq!(beyond.numbers(), [""; 0]);
    assert_eq!(beyond.context().items.unwrap().page.unwrap().total_items, 7);
}

#[tokio::test]
async fn a_filter_takes_standard_and_custom_properties() {
    let (server, key) = filled().await;
    for (filter, expected) in [
        ("productNumber%3DP1", &["I1", "I7", "I3", "I5"][..]),
        ("segment%3Ds1", &["I4", "I1", "I7"]),
        ("segment%3Ds1%3BproductNumber%3DP1", &["I1", "I7"]),
        ("active%3DTRUE%3Bnumber%3DI6", &["I6"]),
        ("name%3Dnobody", &[]),
        ("active%3Dfalse", &[]),
    ] {
        let line = format!("GET /licensee?filter={filter}");
        let answer = server.expect(&key, 200, &line, "").await;
        assert_eq!(answer.numbers(), expected, "{filter}");
        assert_eq!(answer.context().infos, [], "{filter}");
    }
}

#[tokio::test]
async fn what_a_filter_ignores_is_told() {
    let (server, key) = filled().await;
    let line = "GET /licensee?filter=bogus%3D1%3Bnonsense%3Bitems%3D5000%3Bnumber%3DI1";
    let answer = server.expect(&key, 200, line, "").await;
    expect![[r#"{"signature":null,"infos":{"info":[{"id":"filterIgnored","type":"WARNING","value":"Filter term 'nonsense' is not key=value"},{"id":"filterIgnored","type":"WARNING","value":"Filter items 5000 is outside of 1 to 1000, 1000 is used"},{"id":"filterIgnored","type":"WARNING","value":"Filter key 'bogus' is not known"}]},"items":{"item":[{"type":"Licensee","property":[{"name":"number","value":"I1"},{"name":"active","value":"true"},{"name":"productNumber","value":"P1"},{"name":"inUse","value":"false"},{"name":"segment","value":"s1"}],"list":[]}],"pagenumber":"0","itemsnumber":"1","totalpages":"1","totalitems":"1","hasnext":"false"},"id":null,"ttl":null}"#]].assert_eq(&answer.body);
}
