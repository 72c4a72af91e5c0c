//! Canonical XML.

use leasehold_seal::xmldsig::c14n::{Comments, canonical};

/// The examples of the recommendation that need no DTD (Canonical XML 1.0, 3.1 to 3.3 and 3.6).
#[test]
fn the_examples_of_canonical_xml() {
    let with = |document: &str, comments| {
        String::from_utf8(canonical(document.as_bytes(), comments).unwrap()).unwrap()
    };
    let instructions = "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   \
        type=\"text/xsl\"   ?>\n\n<doc>Hello, world!<!-- Comment 1 --></doc>\n\n\
        <?pi-without-data     ?>\n\n<!-- Comment 2 -->\n\n<!-- Comment 3 -->\n";
    assert_eq!(
        with(instructions, Comments::Omit),
        "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\
         <doc>Hello, world!</doc>\n<?pi-without-data?>"
    );
    assert_eq!(
        with(instructions, Comments::Keep),
        "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\
         <doc>Hello, world!<!-- Comment 1 --></doc>\n<?pi-without-data?>\n\
         <!-- Comment 2 -->\n<!-- Comment 3 -->"
    );
    let white_space = "<doc>\n   <clean>   </clean>\n   <dirty>   A   B   </dirty>\n   <mixed>\n      \
        A\n      <clean>   </clean>\n      B\n      <dirty>   A   B   </dirty>\n      C\n   \
        </mixed>\n</doc>";
    assert_eq!(with(white_space, Comments::Omit), white_space);
    assert_eq!(
        with(&white_space.replace('\n', "\r\n"), Comments::Omit),
        white_space
    );
    // Without the DTD's default attribute, and with a namespace where the example has none.
    assert_eq!(
        with(
            "<doc>\n   <e1   />\n   <e2   ></e2>\n   <e3   name = \"elem3\"   id=\"elem3\"   />\n   \
             <e4   name=\"elem4\"   id=\"elem4\"   ></e4>\n   \
             <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\"\n      \
             xmlns:b=\"http://www.ietf.org\"\n      xmlns:a=\"http://www.w3.org\"\n      \
             xmlns=\"http://example.org\"/>\n   <e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n       \
             <e7 xmlns=\"http://www.ietf.org\">\n           \
             <e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n               \
             <e9 xmlns=\"\" xmlns:a=\"http://www.ietf.org\"/>\n           </e8>\n       \
             </e7>\n   </e6>\n</doc>",
            Comments::Omit
        ),
        "<doc>\n   <e1></e1>\n   <e2></e2>\n   <e3 id=\"elem3\" name=\"elem3\"></e3>\n   \
         <e4 id=\"elem4\" name=\"elem4\"></e4>\n   \
         <e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" \
         xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" \
         a:attr=\"out\"></e5>\n   <e6 xmlns:a=\"http://www.w3.org\">\n       \
         <e7 xmlns=\"http://www.ietf.org\">\n           <e8 xmlns=\"\">\n               \
         <e9 xmlns:a=\"http://www.ietf.org\"></e9>\n           </e8>\n       \
         </e7>\n   </e6>\n</doc>"
    );
    // 3.4, but for what the DTD declares.
    assert_eq!(
        with(
            "<doc>\r\n   <text>First line&#x0d;&#10;Second line</text>\n   <value>&#x32;</value>\n   \
             <compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute>\n   \
             <compute expr='value>\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"'>valid\
             </compute>\n   <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>\n</doc>",
            Comments::Omit
        ),
        "<doc>\n   <text>First line&#xD;\nSecond line</text>\n   <value>2</value>\n   \
         <compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute>\n   \
         <compute expr=\"value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; \
         ?&quot;valid&quot;:&quot;error&quot;\">valid</compute>\n   \
         <norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm>\n</doc>"
    );
    // 3.6, from UTF-8.
    assert_eq!(
        with("<doc>&#169;</doc>", Comments::Omit),
        "<doc>\u{a9}</doc>"
    );
}
