//! What to do about an import that isn't provided.

use crate::inspect::{Kind, Uncallable};

const WASI: &str = "WASI is not provided; build for a target without it, in Rust wasm32-unknown-unknown, and use edge:runtime/logging and \
                    edge:runtime/http-outbound instead of standard output, files and sockets";
const BINDGEN: &str = "wasm-bindgen writes for JavaScript, which guests don't have; build for a WIT world with the crate wit-bindgen \
                       instead, and drop dependencies that use wasm-bindgen (often a feature named `js` or `wasm-bindgen`)";
const CORE: &str = "a core module may import only env.log(level: i32, pointer: i32, length: i32), a component only edge:runtime/logging, \
                    edge:runtime/http-types and edge:runtime/http-outbound, each @0.1.0";
const LINKER: &str =
    "define and export it in the module itself; modules that are linked when they are loaded can't be used";

/// For an import of a plain core module.
pub(super) fn of_core(from: &str, name: &str) -> String {
    if from.starts_with("edge:runtime/") {
        return "the module carries no WIT world that says how it is used; add one with `hashi embed --wit DIR --world NAME`".into();
    }
    anywhere(from, name).unwrap_or(CORE).into()
}

/// For an import of a core module that carries a world, but not from it.
pub(super) fn beside_world(from: &str, name: &str) -> String {
    if (from, name) == ("env", "log") {
        return "it is for core modules without a WIT world; this one logs through edge:runtime/logging".into();
    }
    let otherwise = "the module carries a WIT world, and everything that it imports must come from that world";
    anywhere(from, name).unwrap_or(otherwise).into()
}

/// For an import of a component.
pub(super) fn of_component(name: &str) -> String {
    let interface = name.split('@').next().unwrap_or(name);
    if super::package::provides_interface(interface) {
        return format!("the platform provides {interface}@0.1.0; build with its WIT package");
    }
    anywhere(name, "").unwrap_or(CORE).into()
}

/// That no exported function can be called, and how one comes to be.
pub(super) fn uncallable(reason: Uncallable) -> String {
    let instead = match reason {
        Uncallable::Handle => "export one over plain values that uses them",
        Uncallable::Reference => "export one over numbers",
    };
    format!("each function that it exports {reason}; {instead}")
}

/// That a module exports no function, and how it comes to.
pub(super) fn export(kind: Kind) -> String {
    match kind {
        Kind::Core => {
            "the module exports no function; export a function over numbers, such as `_start`, or carry a WIT world; in Rust the crate type is cdylib"
                .into()
        }
        Kind::CoreWithWorld | Kind::Component => {
            "its world exports no function; choose http-handler or edge-worker, or include library and export your own"
                .into()
        }
    }
}

fn anywhere(from: &str, name: &str) -> Option<&'static str> {
    let bindgen = from.starts_with("__wbindgen") || name.starts_with("__wbindgen") || name.starts_with("__wbg");
    match (from, name) {
        _ if from.starts_with("wasi:") || from.starts_with("wasi_") => Some(WASI),
        _ if bindgen => Some(BINDGEN),
        ("env", "abort" | "seed" | "trace") => Some(
            "AssemblyScript imports it unless told otherwise; build with `--use abort=` (and `--use seed=`, `--use trace=`) followed by a \
             function of your own",
        ),
        (
            "env",
            "memory"
            | "__linear_memory"
            | "__indirect_function_table"
            | "__stack_pointer"
            | "__memory_base"
            | "__table_base",
        ) => Some(LINKER),
        ("GOT.mem" | "GOT.func", _) => Some(LINKER),
        ("gojs" | "go", _) => {
            Some("Go's own target js/wasm needs a JavaScript runtime; build with TinyGo for a WIT world")
        }
        ("env", _) => Some(
            "no such function is provided, so it is a symbol that linking has left undefined: a C library or a function that was only \
             declared; link it in",
        ),
        _ => None,
    }
}
