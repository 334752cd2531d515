//! How prepare uses the meter.

use hashi_guest::{PlatformLimits, prepare};

use crate::{read, wasm};

#[test]
fn a_module_that_is_alone_owns_its_state() {
    let bundle = prepare(&wasm(r#"(module (func (export "f")))"#), &PlatformLimits::default()).unwrap();
    assert!(read(bundle.modules[0].bytes.clone()).names().contains(&"hashi:fuel"));
}

/// Each instance would have fuel and pages of its own otherwise, as many times as there are instances.
#[test]
fn instances_of_one_module_share_their_state() {
    let text = r#"(component
        (core module $m (table 1 funcref) (func (export "grow") (result i32) (table.grow (ref.null func) (i32.const 1))))
        (core instance $a (instantiate $m)) (core instance $b (instantiate $m))
        (func (export "a") (result s32) (canon lift (core func $a "grow")))
        (func (export "b") (result s32) (canon lift (core func $b "grow"))))"#;
    let bundle = prepare(&wasm(text), &PlatformLimits::default()).unwrap();
    assert_eq!((bundle.modules.len(), bundle.manifest.plan.instances.len()), (1, 2));
    let module = read(bundle.modules[0].bytes.clone());
    assert!(!module.names().contains(&"hashi:fuel"));
    assert!(module.imports.iter().any(|(name, _)| name == "hashi.fuel"));
}
