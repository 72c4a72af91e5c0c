//! The static lists.

use crate::support::{ask, request, set};

async fn list(path: &str) -> String {
    let mut request = request("GET", path);
    set(&mut request, "accept", "application/json");
    let answer = ask(request).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

#[tokio::test]
async fn licensing_models_and_license_types_are_listed_whole() {
    let models = list("/core/v2/rest/utility/licensingModels").await;
    assert_eq!(models.matches("\"LicensingModelProperties\"").count(), 9);
    assert!(models.contains("{\"name\":\"name\",\"value\":\"NodeLocked\"}"));
    let types = list("/core/v2/rest/utility/licenseTypes").await;
    assert_eq!(types.matches("\"type\":\"LicenseType\"").count(), 4);
    assert!(types.contains("\"totalitems\":\"4\""));
}

#[tokio::test]
async fn a_country_has_a_tax_rate_only_where_one_is_known() {
    let all = list("/core/v2/rest/utility/countries").await;
    assert_eq!(all.matches("\"type\":\"Country\"").count(), 249);
    assert_eq!(all.matches("\"vatPercent\"").count(), 27);
    assert!(!all.contains("\"value\":\"\""));

    let germany = list("/core/v2/rest/utility/countries?filter=code%3DDE").await;
    let properties = r#"[{"name":"code","value":"DE"},{"name":"name","value":"GERMANY"},{"name":"vatPercent","value":"19"},{"name":"isEu","value":"true"}]"#;
    assert!(germany.contains(properties), "{germany}");
}
