//! The command as a user runs it: what it prints, where, and how it exits.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of its own for a test, empty at the beginning.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs `hashi` in a folder: its exit code, standard output and standard error.
fn hashi(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hashi")).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const RUN: &str = r#"(module (memory (export "memory") 1) (func (export "run") (result i32) i32.const 8))"#;

#[test]
fn help_and_version_are_printed() {
    let folder = folder("help");
    for word in ["help", "--help", "-h"] {
        let (code, out, err) = hashi(&folder, &[word]);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.contains("hashi embed FILE --wit DIR --world NAME --out FILE"), "{out}");
    }
    assert_eq!(hashi(&folder, &["version"]), (0, format!("hashi {}\n", env!("CARGO_PKG_VERSION")), String::new()));
}

#[test]
fn wrong_usage_exits_with_2_and_says_what_is_wrong() {
    let folder = folder("usage");
    let cases: [(&[&str], &str); 8] = [
        (&[], "error: a command is needed; `hashi help` shows how\n"),
        (&["frobnicate"], "error: there is no command `frobnicate`; `hashi help` shows how\n"),
        (&["check"], "error: `check` takes one FILE; `hashi help` shows how\n"),
        (&["check", "a", "b"], "error: `check` takes one FILE; `hashi help` shows how\n"),
        (&["check", "a", "--json"], "error: invalid option '--json'; `hashi help` shows how\n"),
        (&["embed", "a", "--wit", "b", "--out", "c"], "error: `embed` needs --world; `hashi help` shows how\n"),
        (
            &["embed", "a", "--string-encoding", "ebcdic"],
            "error: cannot parse argument \"ebcdic\": strings are utf8 or utf16; `hashi help` shows how\n",
        ),
        (&["check", "missing.wasm"], "error: missing.wasm: No such file or directory (os error 2)\n"),
    ];
    for (arguments, message) in cases {
        assert_eq!(hashi(&folder, arguments), (2, String::new(), message.into()));
    }
}

#[test]
fn check_takes_a_good_module_and_refuses_a_bad_one() {
    let folder = folder("check");
    fs::write(folder.join("good.wat"), r#"(module (func (export "half") (param f64) (result f64) local.get 0))"#)
        .unwrap();
    let (code, out, err) = hashi(&folder, &["check", "good.wat"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("good.wat: taken: core module, 38 bytes, sha256 "), "{out}");
    assert!(out.ends_with("\n  half: func(f64) -> (f64)\n"), "{out}");

    fs::write(folder.join("bad.wat"), r#"(module (import "host" "now" (func)) (func (export "f")))"#).unwrap();
    let (code, out, err) = hashi(&folder, &["check", "bad.wat"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        err.starts_with(
            "error[unknown_import]: bad.wat: unknown import `host.now`: a core module may import only env.log"
        ),
        "{err}"
    );
}

/// What can't be run shows only when its code is generated; `check` must not promise it.
#[test]
fn check_refuses_whatever_prepare_would() {
    let folder = folder("check-prepare");
    let handed_on = r#"(component
        (import "edge:runtime/logging@0.1.0" (instance $logging (export "info" (func (param "message" string)))))
        (export "f" (func $logging "info")))"#;
    fs::write(folder.join("on.wat"), handed_on).unwrap();
    let (code, out, err) = hashi(&folder, &["check", "on.wat"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        err.starts_with("error[unsupported_component]: on.wat: this component can't be used")
            && err.contains("reexport"),
        "{err}"
    );
}

/// A caller of the command has to see what a caller of the function won't reach.
#[test]
fn check_says_what_can_not_be_called() {
    let folder = folder("check-resource");
    let drawer = r#"(component
        (core module $m (func (export "close") (param i32)) (func (export "count") (result i32) i32.const 0))
        (core instance $i (instantiate $m))
        (type $drawer (resource (rep i32)))
        (func $close (param "drawer" (own $drawer)) (canon lift (core func $i "close")))
        (func $count (result u32) (canon lift (core func $i "count")))
        (instance $desk (export "drawer" (type $drawer)) (export "close" (func $close)) (export "count" (func $count)))
        (export "example:desk/desk" (instance $desk)))"#;
    fs::write(folder.join("desk.wat"), drawer).unwrap();
    let (code, out, err) = hashi(&folder, &["check", "desk.wat"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let wanted = [
        "  example:desk/desk.close: func(drawer: own<drawer>); not callable: it passes a resource, which no call from outside can",
        "  example:desk/desk.count: func() -> u32",
    ];
    assert_eq!(out.lines().skip(1).collect::<Vec<_>>(), wanted);
}

#[test]
fn text_that_is_no_module_is_refused_with_its_line() {
    let folder = folder("text");
    fs::write(folder.join("broken.wat"), "(module\n  (func (export \"f\") (frob)))\n").unwrap();
    let (code, _, err) = hashi(&folder, &["check", "broken.wat"]);
    assert_eq!(code, 1);
    assert!(err.starts_with("error[invalid_text]: broken.wat: the text format can't be read: "), "{err}");
    assert!(err.contains("2:"), "{err}");
    fs::write(folder.join("notes.txt"), "remember the milk").unwrap();
    let (code, _, err) = hashi(&folder, &["inspect", "notes.txt"]);
    assert_eq!(code, 1);
    assert!(
        err.starts_with("error[not_webassembly]: notes.txt: not WebAssembly: it begins with 72 65 6d 65;"),
        "{err}"
    );
}

#[test]
fn inspect_reports_for_people_and_for_programs() {
    let folder = folder("inspect");
    fs::write(
        folder.join("a.wat"),
        r#"(module $a (import "host" "now" (func (result i64))) (memory (export "memory") 1 2))"#,
    )
    .unwrap();
    let (code, out, err) = hashi(&folder, &["inspect", "a.wat"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let lines: Vec<_> =
        out.lines().filter(|line| !line.starts_with("size: ") && !line.starts_with("sha256: ")).collect();
    let wanted = [
        "kind: core module",
        "name: a",
        "exports:",
        "  memory: memory of 1 page, at most 2",
        "imports:",
        "  host.now: func() -> (i64)",
        "memories:",
        "  memory of 1 page, at most 2",
    ];
    assert_eq!(lines, wanted);
    let (code, out, _) = hashi(&folder, &["inspect", "a.wat", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["kind"]), (0, &"core".into()));
    assert_eq!(report["imports"][0]["results"], serde_json::json!(["i64"]));
}

#[test]
fn prepare_writes_the_files_that_the_manifest_names() {
    let folder = folder("prepare");
    fs::write(folder.join("run.wat"), RUN).unwrap();
    let (code, out, err) = hashi(&folder, &["prepare", "run.wat", "--out", "bundle"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("bundle/manifest.json: "), "{out}");
    let manifest = fs::read(folder.join("bundle/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let core = fs::read(folder.join("bundle/core.wasm")).unwrap();
    assert_eq!(manifest["files"][0]["name"], "core.wasm");
    assert_eq!(manifest["files"][0]["sha256"], hashi_guest::Sha256::of(&core).to_string());

    fs::write(folder.join("bad.wat"), r#"(module (import "host" "now" (func)) (func (export "f")))"#).unwrap();
    let (code, _, err) = hashi(&folder, &["prepare", "bad.wat", "--out", "refused"]);
    assert_eq!(code, 1);
    assert!(err.starts_with("error[unknown_import]: bad.wat: "), "{err}");
    assert!(!folder.join("refused").exists(), "of what is refused nothing is written");
}

#[test]
fn embed_makes_a_guest_of_a_module_that_fits_a_world() {
    let folder = folder("embed");
    fs::write(folder.join("run.wat"), RUN).unwrap();
    let (code, out, _) = hashi(&folder, &["wit", "wit"]);
    assert_eq!((code, out.as_str()), (0, "wit: edge:runtime@0.1.0, 4 files\n"));
    let embed = |file, world, out| hashi(&folder, &["embed", file, "--wit", "wit", "--world", world, "--out", out]);
    let (code, out, err) = embed("run.wat", "edge-worker", "new/run.wasm");
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("new/run.wasm: carries the world edge-worker, "), "{out}");
    let (code, out, _) = hashi(&folder, &["check", "new/run.wasm"]);
    assert_eq!(code, 0);
    assert!(out.contains("  it is a guest of the world edge-worker\n  run: func() -> result<_, string>\n"), "{out}");
    let (_, out, _) = hashi(&folder, &["inspect", "new/run.wasm"]);
    assert!(out.contains("types:\n"), "{out}");
    assert!(out.contains("  enum method { get, head, post, put, delete, patch, options }\n"), "{out}");

    let (code, _, err) = embed("run.wat", "http-handler", "other.wasm");
    assert_eq!(code, 1);
    assert!(err.starts_with("error[world_mismatch]: run.wat: the module doesn't fit its WIT world: "), "{err}");
    assert!(!folder.join("other.wasm").exists(), "what doesn't fit is not written");
    let (code, _, err) = embed("run.wat", "nowhere", "other.wasm");
    assert_eq!(code, 1);
    assert!(err.starts_with("error[invalid_wit]: wit: ") && err.contains("nowhere"), "{err}");
    let (code, _, err) = embed("new/run.wasm", "edge-worker", "other.wasm");
    let message = "error: new/run.wasm: it carries a world already; give the module as the compiler made it\n";
    assert_eq!((code, err.as_str()), (1, message));
}
