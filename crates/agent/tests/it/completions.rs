//! What bash offers behind the beginning of a line. Of zsh and fish the part `install` tries whether
//! they can read theirs.

use std::process::Command;

use leasehold_agent::cli::{Shell, completions};

/// Has bash complete the last of `words`, as it does when a user presses the key.
fn completed(words: &[&str]) -> Vec<String> {
    let script = format!(
        "{}\nCOMP_WORDS=(\"$@\")\nCOMP_CWORD=$(($# - 1))\n\
         _leasehold_agent leasehold-agent \"${{@: -1}}\" \"${{@: -2:1}}\"\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        completions(Shell::Bash)
    );
    let mut bash = Command::new("bash");
    bash.args(["-c", &script, "bash", "leasehold-agent"]);
    let output = bash.args(words).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

#[test]
fn bash_completes_actions_options_and_values() {
    assert_eq!(completed(&["imp"]), ["import-assets"]);
    assert_eq!(completed(&["--log-f"]), ["--log-format="]);
    assert_eq!(
        completed(&["run-agent-offline", "--ins"]),
        ["--insecure-http"]
    );
    assert_eq!(completed(&["--auth", "n"]), ["none"]);
    // The sign is a word of its own to bash.
    assert_eq!(completed(&["--auth", "="]), ["apikey", "none"]);
    assert_eq!(completed(&["--auth", "=", "a"]), ["apikey"]);
    assert_eq!(completed(&["--port", "8"]), [""; 0]);
    assert_eq!(completed(&["--work-dir", "sr"]), ["src"]);
}
