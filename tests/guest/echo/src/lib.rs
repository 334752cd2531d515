//! Gives every value back, as it is (`echo`) or by way of the host (`relay`).
#![allow(missing_docs, unsafe_code, clippy::all, reason = "bindings are generated")]

wit_bindgen::generate!({ path: "wit", world: "guest" });

use echo::guest::shapes::*;

type Spilled = (u8, String, i64, f32, f64, char, bool, Vec<u8>, Option<u32>, Small, Wide, Shape);

macro_rules! each {
    ($then:ident) => {
        $then! {
            a_bool: bool = |x| x;
            a_u8: u8 = |x| x;
            a_s8: i8 = |x| x;
            a_u16: u16 = |x| x;
            a_s16: i16 = |x| x;
            a_u32: u32 = |x| x;
            a_s32: i32 = |x| x;
            a_u64: u64 = |x| x;
            a_s64: i64 = |x| x;
            a_f32: f32 = |x| x;
            a_f64: f64 = |x| x;
            a_char: char = |x| x;
            a_string: String = |x| &x;
            bytes: Vec<u8> = |x| &x;
            shorts: Vec<i16> = |x| &x;
            longs: Vec<i64> = |x| &x;
            floats: Vec<f32> = |x| &x;
            doubles: Vec<f64> = |x| &x;
            bools: Vec<bool> = |x| &x;
            chars: Vec<char> = |x| &x;
            strings: Vec<String> = |x| &x;
            nested: Vec<Vec<Vec<u16>>> = |x| &x;
            smalls: Vec<Small> = |x| &x;
            maybes: Vec<Option<String>> = |x| &x;
            a_tuple: (u8, String, f64, i64, Vec<u8>) = |x| (x.0, &x.1, x.2, x.3, &x.4);
            a_small: Small = |x| x;
            a_deep: Deep = |x| &x;
            a_shape: Shape = |x| &x;
            shapes_list: Vec<Shape> = |x| &x;
            twice_optional: Option<Option<u32>> = |x| x;
            an_option: Option<String> = |x| x.as_deref();
            a_result: Option<Result<String, Shape>> = |x| x.as_ref().map(|r| r.as_ref().map(String::as_str));
            plain_result: Vec<Result<(), ()>> = |x| &x;
            a_color: Color = |x| x;
            a_many: Many = |x| x;
            a_few: Few = |x| x;
            a_middle: Middle = |x| x;
            a_wide: Wide = |x| x;
            wides: Vec<Wide> = |x| &x;
            mixes: Vec<Mixed> = |x| &x;
        }
    };
}

struct Echo;

macro_rules! echo {
    ($($name:ident: $ty:ty = |$x:ident| $lent:expr;)*) => {
        impl exports::echo::guest::echo::Guest for Echo {
            $(fn $name($x: $ty) -> $ty {
                $x
            })*
            fn spill(p1: u8, p2: String, p3: i64, p4: f32, p5: f64, p6: char, p7: bool, p8: Vec<u8>, p9: Option<u32>, p10: Small, p11: Wide, p12: Shape) -> Spilled {
                (p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12)
            }
        }
    };
}

macro_rules! relay {
    ($($name:ident: $ty:ty = |$x:ident| $lent:expr;)*) => {
        impl exports::echo::guest::relay::Guest for Echo {
            $(fn $name($x: $ty) -> $ty {
                relay::$name($lent)
            })*
            fn spill(p1: u8, p2: String, p3: i64, p4: f32, p5: f64, p6: char, p7: bool, p8: Vec<u8>, p9: Option<u32>, p10: Small, p11: Wide, p12: Shape) -> Spilled {
                relay::spill(p1, &p2, p3, p4, p5, p6, p7, &p8, p9, p10, p11, &p12)
            }
        }
    };
}

/// Borrowed where the bindings borrow.
mod relay {
    pub(crate) use crate::echo::guest::host::*;
}

each!(echo);
each!(relay);

impl Guest for Echo {
    fn fail(text: String) -> Result<u32, String> {
        Err(text)
    }
    fn plain() {}
}

export!(Echo);
