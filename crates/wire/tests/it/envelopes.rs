//! An envelope that is told says the same, whether it is written at once or looked at before.

use leasehold_model::number::ProductModuleNumber;
use leasehold_model::validate::{ModuleValidation, Notice, Validation};
use leasehold_wire::context::Context;
use leasehold_wire::media::Media;
use leasehold_wire::{json, xml};
use proptest::prelude::*;

use crate::snapshots::sample;
use crate::support::envelope::context;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_a_context_tells_is_that_context(context in context()) {
        prop_assert_eq!(&Context::of(&context), &context);
    }
}

#[test]
fn a_validation_is_written_as_its_context_is_and_read_back() {
    let number = ProductModuleNumber::parse("M <1> & \"2\"").unwrap();
    for (name, verdicts) in sample::verdicts() {
        let module = |verdict| ModuleValidation {
            number: number.clone(),
            name: "A <name>".into(),
            warning_level: leasehold_model::licensee::WarningLevel::Yellow,
            verdict,
        };
        let validation = Validation {
            ttl: Some(sample::instant()),
            notices: vec![Notice::MalformedParameter(number.clone())],
            licensee: Some(sample::offline_licensee()),
            modules: verdicts.into_iter().map(module).collect(),
        };
        let context = Context::of(&validation);
        for media in [Media::Xml, Media::Json] {
            assert_eq!(media.write(&validation), media.write(&context), "{name}");
        }
        let as_xml = xml::read(&xml::write(&validation)).unwrap();
        let as_json = json::read(&json::write(&validation)).unwrap();
        assert_eq!((&as_xml, &as_json), (&context, &context), "{name}");
    }
}
