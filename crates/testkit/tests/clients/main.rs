//! The official client libraries against our programs. Needs Node: `script/setup --all`.
