//! Which form a caller is given.

use leasehold_wire::context::Context;
use leasehold_wire::media::Media;

#[test]
fn the_accept_header_decides() {
    let (xml, json) = (Some(Media::Xml), Some(Media::Json));
    let table = [
        (None, xml),
        (Some(""), xml),
        (Some(" "), xml),
        (Some("*/*"), xml),
        (Some("application/*"), xml),
        (Some("application/xml"), xml),
        (Some("text/xml"), xml),
        (Some("Application/XML; charset=utf-8"), xml),
        (Some("application/json"), json),
        (Some("APPLICATION/JSON;charset=UTF-8"), json),
        // Both: the higher q, then the one listed first.
        (Some("application/json, application/xml"), json),
        (Some("application/xml, application/json"), xml),
        (Some("application/xml;q=0.5, application/json;q=0.6"), json),
        (
            Some("application/xml; q=0.9 ,application/json; q=0.899"),
            xml,
        ),
        (Some("application/json;Q=0.5,text/xml;q=0.5"), json),
        (
            Some("text/xml;q=0.1, application/json;q=0.5, application/xml"),
            xml,
        ),
        // A named form wins over a wildcard at the same q, and loses at a lower one.
        (Some("application/json, text/plain, */*"), json),
        (Some("*/*, application/json"), json),
        (Some("application/json;q=0.5, */*"), xml),
        (Some("application/json;q=0.5, */*;q=0.1"), json),
        (
            Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            xml,
        ),
        (
            Some("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"),
            xml,
        ),
        (Some("text/html, application/json"), json),
        // The most precise entry speaks for a form, and q=0 refuses it.
        (Some("application/xml;q=0, */*"), json),
        (Some("application/json;q=0, */*;q=0.1"), xml),
        (Some("application/*;q=0, application/json;q=0.001"), json),
        (Some("*/*;q=0"), None),
        (Some("application/json;q=0.000"), None),
        // Neither.
        (Some("text/html"), None),
        (Some("image/*"), None),
        (Some("application/vnd.api+json"), None),
        (Some("application"), None),
        (Some(",,;"), None),
        // What cannot be read is ignored.
        (Some("application/json;q=2, application/xml;q=0.1"), xml),
        (Some("application/json;q=0.1234, text/xml;q=0.1"), xml),
        (Some("application/json;q=x"), None),
        (Some("application/json;q=1.001"), None),
    ];
    for (accept, expected) in table {
        assert_eq!(Media::negotiate(accept), expected, "{accept:?}");
    }
}

#[test]
fn each_form_is_named_and_written() {
    let context = Context::default();
    assert_eq!(Media::Xml.content_type(), "application/xml;charset=UTF-8");
    assert!(Media::Xml.write(&context).starts_with(b"<?xml"));
    assert_eq!(Media::Json.content_type(), "application/json;charset=UTF-8");
    assert!(Media::Json.write(&context).starts_with(b"{"));
}
