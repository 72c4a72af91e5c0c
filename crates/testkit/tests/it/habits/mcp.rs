//! The library of assistants.

use super::Shop;

/// The MCP server, over fetch.
#[tokio::test(flavor = "multi_thread")]
async fn mcp() {
    let shop = Shop::open().await;
    let mcp = shop.library(&["accept: application/json", "sec-fetch-mode: cors"]);

    // It reads the reply to every POST as JSON.
    let json = Some("application/json;charset=UTF-8");
    for (path, form) in [
        ("/product", "number=P2&name=Second"),
        ("/product/P2", "name=Renamed"),
        ("/licensee/I/validate", ""),
        ("/product", ""),
    ] {
        let answer = mcp.post(path, form).await;
        assert_eq!(answer.header("content-type"), json, "{path}");
        assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok());
    }

    // It has nothing but a key to sign in with.
    let form = "tokenType=APIKEY&apiKeyRole=ROLE_APIKEY_ANALYTICS";
    let token = mcp.post("/token", form).await.item();
    let number = token.get("number").unwrap().to_owned();
    let tokens = mcp.get("/token?filter=tokenType%3DAPIKEY").await.items();
    assert!(tokens.iter().any(|of| of.get("number") == Some(&number)));
    assert_eq!(mcp.delete(&format!("/token/{number}")).await.status, 204);

    let form = "number=B&name=Starter&licenseTemplateNumber=E";
    let bundle = mcp.post("/bundle", form).await.item();
    assert_eq!(bundle.get("licenseTemplateNumbers"), Some("E"));
    assert_eq!(bundle.get("licenseTemplateNumber"), None);

    let put = mcp
        .ask(&mcp.request("PUT", "/product/P2", Some("name=X")))
        .await;
    assert_eq!(put.refusal(), (405, "MethodNotAllowedException".into()));
    assert_eq!(
        put.header("allow"),
        Some("GET, HEAD, POST, DELETE, OPTIONS")
    );
    shop.close().await;
}
