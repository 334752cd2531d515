use hashi_guest::{PlatformLimits, Role};

use crate::{metered, refused};

#[test]
fn names_of_the_platform_are_refused_wherever_a_guest_could_use_them() {
    for text in [
        r#"(module (func (export "hashi:fuel")))"#,
        r#"(module (func (export "hashi:")))"#,
        r#"(module (memory (export "hashi:memory:0") 1))"#,
        r#"(module (import "hashi" "fuel" (global (mut i64))))"#,
        r#"(module (import "hashi" "anything" (func)))"#,
        r#"(module (import "hashi:runtime" "f" (func)))"#,
        r#"(module (import "env" "hashi:charge" (func)))"#,
    ] {
        let refusal = refused(text, &PlatformLimits::default());
        assert_eq!(refusal.code(), "reserved_name", "{text}: {refusal}");
    }
}

#[test]
fn names_that_only_look_like_it_are_the_guests_own() {
    let text = r#"(module
        (import "hashish" "fuel" (func)) (import "Hashi" "fuel" (func)) (import "env" "hashi" (func))
        (func (export "hashi")) (func (export "fuel")) (func (export "a hashi:fuel")))"#;
    for role in [Role::Owner, Role::Sharer] {
        let module = metered(text, role);
        assert_eq!(module.names()[..3], ["hashi", "fuel", "a hashi:fuel"]);
    }
}
