//! `cargo run --example component -- FILE COMPONENT`: a guest as the component that it is, for tools that take nothing else.
#![expect(clippy::unwrap_used, reason = "a tool of the bench, which sees its panic")]

use hashi_guest::componentize::componentize;

fn main() {
    let [file, component] = std::env::args().skip(1).collect::<Vec<_>>().try_into().unwrap();
    std::fs::write(component, componentize(&std::fs::read(file).unwrap()).unwrap()).unwrap();
}
