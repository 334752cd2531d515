//! Gives the module more memory than the Worker's own: 98 MB, in an isolate that has 128.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo::rustc-link-arg-cdylib=--max-memory=98304000");
    }
}
