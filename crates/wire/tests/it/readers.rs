//! What our readers take from others, and what they refuse.

use leasehold_wire::assets;
use leasehold_wire::context::{Context, Item, Items, List};
use leasehold_wire::filter::Filter;
use leasehold_wire::form::{Form, path_segments};
use leasehold_wire::info::{Info, InfoKind};
use leasehold_wire::json::{self, JsonError};
use leasehold_wire::media::Media;
use leasehold_wire::xml::{self, XmlError};
use proptest::prelude::*;

fn xml_of(body: &str) -> String {
    format!(
        r#"<netlicensing xmlns="http://netlicensing.labs64.com/schema/context">{body}</netlicensing>"#
    )
}

#[test]
fn xml_is_read_whatever_its_prefixes_and_extras() {
    let text = r#"<?xml version="1.0" encoding="utf-8"?><!-- a comment -->
<c:netlicensing xmlns:c="http://netlicensing.labs64.com/schema/context" xmlns:x="urn:x" x:new="1" ttl="2026-01-01">
  <?instruction?>
  <x:Signature><c:infos/></x:Signature>
  <c:infos><c:info id="a" type="warning">one &amp; <![CDATA[<two>]]>&#x20AC;<c:b>skipped</c:b></c:info><c:info>bare</c:info></c:infos>
  <c:unknown><c:items/></c:unknown>
  <c:items>
    <c:item type="A&#10;B" new="1"><c:property name="n">v</c:property><property name="other namespace">x</property>
      <c:list name="l"><c:property name="m"/><c:list name="inner"/></c:list></c:item>
  </c:items>
</c:netlicensing> "#;
    let mut list = List::new("l");
    list.put("m", "");
    list.lists.push(List::new("inner"));
    let mut item = Item::new("A\nB");
    item.put("n", "v");
    item.lists.push(list);
    let expected = Context {
        infos: vec![
            Info::warning("a", "one & <two>€"),
            Info {
                id: String::new(),
                kind: InfoKind::Info,
                text: "bare".to_owned(),
            },
        ],
        items: Some(Items {
            items: vec![item],
            page: None,
        }),
        ttl: Some("2026-01-01".to_owned()),
    };
    assert_eq!(xml::read(text.as_bytes()).unwrap(), expected);
    let with_mark = format!("\u{feff}{text}");
    assert_eq!(xml::read(with_mark.as_bytes()).unwrap(), expected);
}

#[test]
fn xml_that_is_no_envelope_is_refused() {
    let unexpected = [
        String::new(),
        "<netlicensing/>".to_owned(),
        r#"<netlicensing xmlns="urn:other"/>"#.to_owned(),
        r#"<items xmlns="http://netlicensing.labs64.com/schema/context"/>"#.to_owned(),
        xml_of("") + &xml_of(""),
        xml_of("") + "text",
        "text".to_owned() + &xml_of(""),
        xml_of("<infos/><infos/>"),
        xml_of("<items/><items/>"),
        xml_of("<items><item/></items>"),
        xml_of(r#"<items><item type="A"><property>x</property></item></items>"#),
        xml_of(r#"<infos><info type="fatal"/></infos>"#),
        xml_of(r#"<items pagenumber="0"/>"#),
        xml_of(
            r#"<items pagenumber="x" itemsnumber="0" totalpages="0" totalitems="0" hasnext="false"/>"#,
        ),
        xml_of("<infos><info>&other;</info></infos>"),
        xml_of("<infos><info>&#1;</info></infos>"),
        xml_of("<infos><info>\u{1}</info></infos>"),
        xml_of("<infos><info id=\"&#xFFFE;\"/></infos>"),
        xml_of("<x:new/>"),
        r#"<?xml version="1.1"?>"#.to_owned() + &xml_of(""),
        r#"<?xml version="1.0" encoding="ISO-8859-1"?>"#.to_owned() + &xml_of(""),
        xml_of(r#"<?xml version="1.0"?>"#),
    ];
    for text in unexpected {
        let refused = xml::read(text.as_bytes());
        assert!(
            matches!(refused, Err(XmlError::Unexpected(_))),
            "{text}: {refused:?}"
        );
    }
    let malformed = [
        xml_of("<infos>"),
        xml_of("<infos></items>"),
        r#"<a:netlicensing xmlns:a="http://netlicensing.labs64.com/schema/context">"#.to_owned(),
        xml_of("<infos a='1' a='2'/>"),
        xml_of("<infos a=1/>"),
        xml_of("<infos><info>&</info></infos>"),
        xml_of("<infos><info>&#x110000;</info></infos>"),
        xml_of("<!-- a -- b -->"),
    ];
    for text in malformed {
        let refused = xml::read(text.as_bytes());
        assert!(
            matches!(refused, Err(XmlError::Malformed(_))),
            "{text}: {refused:?}"
        );
    }
    assert!(matches!(
        xml::read(b"<a>\xff</a>"),
        Err(XmlError::Malformed(_))
    ));
}

#[test]
fn xml_beyond_a_limit_is_refused() {
    let nested = |depth: usize| {
        let open = "<list name=\"l\">".repeat(depth);
        let close = "</list>".repeat(depth);
        xml_of(&format!(
            "<items><item type=\"A\">{open}{close}</item></items>"
        ))
    };
    let attributes = |count: usize| {
        let attributes: String = (0..count).map(|n| format!(" a{n}=\"\"")).collect();
        xml_of(&format!("<infos{attributes}/>"))
    };
    assert!(xml::read(nested(61).as_bytes()).is_ok());
    assert!(xml::read(attributes(64).as_bytes()).is_ok());
    let laughing = format!(
        "<!DOCTYPE a [<!ENTITY b \"bb\">]>{}",
        xml_of("<infos><info>&b;</info></infos>")
    );
    for text in [nested(62), nested(100_000), attributes(65), laughing] {
        let refused = xml::read(text.as_bytes());
        assert!(matches!(refused, Err(XmlError::Limit(_))), "{refused:?}");
    }
}

#[test]
fn json_is_read_with_nulls_numbers_and_extras() {
    let text = r#"{"new":[1],"infos":{"info":[{"type":"INFO","value":"v","id":null}]},
        "items":{"item":[{"type":"A","property":[{"name":"n","value":7},{"name":"m","value":true},
        {"name":"gone","value":null}],"list":null}],"pagenumber":0,"itemsnumber":"1","totalpages":1,
        "totalitems":1,"hasnext":false},"ttl":1475044960966}"#;
    let context = json::read(text.as_bytes()).unwrap();
    let items = context.items.unwrap();
    assert_eq!(context.ttl.as_deref(), Some("2016-09-28T06:42:40.966Z"));
    assert_eq!(context.infos[0].text, "v");
    assert_eq!(items.items[0].get("n"), Some("7"));
    assert_eq!(items.items[0].get("m"), Some("true"));
    assert_eq!(items.items[0].properties.len(), 2);
    assert_eq!(items.page.unwrap().total_items, 1);
    assert_eq!(json::read(b"{}").unwrap(), Context::default());
}

#[test]
fn json_that_is_no_envelope_is_refused() {
    for text in [
        "[]",
        "null",
        r#"{"infos":[]}"#,
        r#"{"infos":{"info":{}}}"#,
        r#"{"infos":{"info":[1]}}"#,
        r#"{"infos":{"info":[{"type":"error"}]}}"#,
        r#"{"items":{"item":[{}]}}"#,
        r#"{"items":{"item":[{"type":"A","property":[{"value":"x"}]}]}}"#,
        r#"{"items":{"item":[{"type":"A","property":[{"name":"x","value":[]}]}]}}"#,
        r#"{"items":{"item":[],"pagenumber":"x"}}"#,
        r#"{"ttl":true}"#,
        r#"{"ttl":1e300}"#,
    ] {
        let refused = json::read(text.as_bytes());
        assert!(
            matches!(refused, Err(JsonError::Unexpected(_))),
            "{text}: {refused:?}"
        );
    }
    for text in ["", "{", "{} {}", "{'a':1}", &"[".repeat(100_000)] {
        let refused = json::read(text.as_bytes());
        assert!(
            matches!(refused, Err(JsonError::Malformed(_))),
            "{refused:?}"
        );
    }
}

/// Pieces of the formats in any order, which reach further than bytes alone.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "<netlicensing xmlns=\"http://netlicensing.labs64.com/schema/context\">",
        "</netlicensing>",
        "<items>",
        "</items>",
        "<item type=\"Product\">",
        "</item>",
        "<property name=\"number\">",
        "</property>",
        "<list name=\"discount\">",
        "</list>",
        "<infos/>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "&amp;",
        "&#",
        "x1;",
        "<?xml version=\"1.0\"?>",
        "<!DOCTYPE",
        "{\"items\":",
        "{\"item\":[",
        "]}",
        "null",
        "\"",
        "\\u",
        "d800",
        ",",
        ":",
        "[",
        "{",
        "}",
        "1e9",
        "productModuleNumber0=",
        "&",
        "%",
        "%41",
        "%ff",
        "discount[",
        "]=",
        "=",
        ";",
        "page=",
        "items=-1",
        "/",
        "..",
        "q=0.5",
        "application/json",
        "é",
        "\0",
    ]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat().into_bytes()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn no_reader_panics(bytes in nearly()) {
        let _ = xml::read(&bytes);
        let _ = json::read(&bytes);
        let _ = assets::read(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let _ = path_segments(&text);
        let _ = Media::negotiate(Some(&text));
        let _ = Filter::parse(Some(&text)).select(Vec::new(), &[]);
        if let Ok(form) = Form::parse(&text, &bytes) {
            let _ = form.validation_request();
            prop_assert!(form.iter().all(|(name, value)| form.get(name) == Some(value)));
        }
    }

    #[test]
    fn a_path_comes_back_from_its_encoding(segments in prop::collection::vec("[^\\p{Cc}]{1,8}", 0..4)) {
        prop_assume!(segments.iter().all(|segment| segment != "." && segment != ".."));
        let encode = |segment: &String| segment.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
        let path: String = segments.iter().map(|segment| format!("/{}", encode(segment))).collect();
        prop_assert_eq!(path_segments(&path).unwrap(), segments);
    }
}
