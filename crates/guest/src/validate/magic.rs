use crate::Refusal;

/// Tells WebAssembly from what else people upload by mistake.
pub(super) fn check(bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.starts_with(b"\0asm") {
        return Ok(());
    }
    Err(Refusal::NotWasm { found: looks_like(bytes) })
}

fn looks_like(bytes: &[u8]) -> String {
    let text = bytes.trim_ascii_start();
    let known: &[(&[u8], &str)] = &[
        (
            b"(",
            "it looks like the text format; convert it with `wasm-tools parse`, or give it to the `hashi` command, which reads it",
        ),
        (
            b";;",
            "it looks like the text format; convert it with `wasm-tools parse`, or give it to the `hashi` command, which reads it",
        ),
        (b"\x1f\x8b", "it is compressed with gzip; unpack it first"),
        (b"PK\x03\x04", "it is a zip archive; unpack it first"),
        (b"!<arch>\n", "it is a static library; link it into a module first"),
        (b"\x7fELF", "it is a program for Linux; build for the target wasm32-unknown-unknown"),
        (b"MZ", "it is a program for Windows; build for the target wasm32-unknown-unknown"),
        (b"\xcf\xfa\xed\xfe", "it is a program for macOS; build for the target wasm32-unknown-unknown"),
    ];
    if bytes.is_empty() {
        return "it is empty".into();
    }
    if let Some((_, what)) = known.iter().find(|(begin, _)| text.starts_with(begin) || bytes.starts_with(begin)) {
        return (*what).into();
    }
    let begin: Vec<String> = bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("it begins with {}", begin.join(" "))
}
