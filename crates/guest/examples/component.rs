//! `cargo run --example component -- FILE COMPONENT`: a guest as the component that it is, for tools that take nothing else; as text where
//! COMPONENT ends with `.wat`.
#![expect(clippy::unwrap_used, reason = "a tool of the bench and the tests, which see its panic")]

use hashi_guest::componentize::componentize;

fn main() {
    let [file, path] = std::env::args().skip(1).collect::<Vec<_>>().try_into().unwrap();
    let component = componentize(&std::fs::read(file).unwrap()).unwrap();
    if path.ends_with(".wat") {
        std::fs::write(path, wasmprinter::print_bytes(&component).unwrap()).unwrap();
    } else {
        std::fs::write(path, component).unwrap();
    }
}
