#![no_main]

#[path = "../../crates/wire/tests/fuzz/targets/mod.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    targets::xml(data);
});
