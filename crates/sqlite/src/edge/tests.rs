//! The edge in a dedicated worker of a real browser: OPFS, a client's messages, values across the border.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, BigInt, Float64Array, Object, Reflect, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

use super::engine::{Engine, Port};
use super::open::{open, pool};
use crate::protocol::VERSION;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const HELLO: u32 = 0;
const GET: u32 = 1;
const ALL: u32 = 2;
const RUN: u32 = 3;
const BATCH: u32 = 4;
const CLIENT: f64 = 7.0;

/// An engine with one client, and what that has been sent: each message with its transfer list.
struct Rig {
    engine: Engine,
    heard: Rc<RefCell<Vec<(Array, JsValue)>>>,
    next: f64,
    post: Closure<dyn FnMut(JsValue, JsValue)>,
}

impl Rig {
    async fn over(folder: Option<&str>) -> Result<Self, JsValue> {
        let engine = open("rig.db".into(), folder.map(str::to_owned), false, Array::new(), 1000.0, 5000.0).await?;
        let heard = Rc::new(RefCell::new(Vec::new()));
        let hears = heard.clone();
        let post = Closure::new(move |message: JsValue, transfer| {
            hears.borrow_mut().push((message.unchecked_into(), transfer));
        });
        let mut rig = Self { engine, heard, next: 0.0, post };
        let port = rig.port();
        rig.engine.connect(CLIENT, port, None);
        let welcome = rig.call(HELLO, &Array::new(), VERSION).0;
        assert_eq!(welcome.get(1), 0.0, "{welcome:?}");
        assert_eq!(welcome.get(4), f64::from(VERSION), "{welcome:?}");
        Ok(rig)
    }

    fn port(&self) -> Port {
        let port = Object::new();
        Reflect::set(&port, &"postMessage".into(), self.post.as_ref()).expect("a property");
        port.unchecked_into()
    }

    /// Sends a call; returns its answer with what was transferred.
    fn call(&mut self, op: u32, a: &JsValue, b: impl Into<JsValue>) -> (Array, JsValue) {
        self.next += 1.0;
        let head = [op.into(), self.next.into(), 0.0.into(), 0.0.into(), 0.0.into(), false.into()];
        let message: Array = head.into_iter().chain([a.clone(), b.into()]).collect();
        self.engine.receive(CLIENT, &message);
        let (answer, transfer) = self.heard.borrow_mut().pop().expect("an answer");
        assert_eq!(answer.get(0), self.next, "the answer to this call");
        (answer, transfer)
    }

    /// The code that a call is refused with.
    fn code(&mut self, op: u32, a: &JsValue, b: impl Into<JsValue>) -> Option<String> {
        let answer = self.call(op, a, b).0;
        (answer.get(1) == 1.0).then(|| answer.get(2).as_string().expect("a code"))
    }
}

fn list(values: &[JsValue]) -> JsValue {
    values.iter().collect::<Array>().into()
}

#[wasm_bindgen_test]
async fn what_is_committed_on_opfs_is_there_when_it_is_opened_again() {
    const FOLDER: &str = ".hashi-sqlite-edge/kept";
    let mut rig = Rig::over(Some(FOLDER)).await.expect("a database on OPFS");
    let epoch = rig.engine.epoch();
    let schema = list(&[list(&[2.into(), "CREATE TABLE IF NOT EXISTS t(x); DELETE FROM t".into()])]);
    rig.call(BATCH, &schema, JsValue::UNDEFINED);
    let (ran, _) = rig.call(RUN, &"INSERT INTO t VALUES (?), (2)".into(), list(&[1.into()]));
    assert_eq!(ran.get(2), 2.0, "{ran:?}");
    assert!(rig.engine.has_change());
    rig.engine.close().expect("closed");

    pool(FOLDER).await.expect("the worker's pool").resume().await.expect("its handles, which were given back");
    let mut rig = Rig::over(Some(FOLDER)).await.expect("the same database");
    assert_eq!(rig.engine.epoch(), epoch + 1.0);
    let (rows, _) = rig.call(GET, &"SELECT sum(x) AS sum FROM t".into(), JsValue::UNDEFINED);
    assert_eq!(Array::from(&rows.get(3)).get(0), 3.0, "{rows:?}");
    // A worker has one database: what it has open is not given out under another name.
    assert!(Rig::over(Some(".hashi-sqlite-edge/another")).await.is_err());
    rig.engine.close().expect("closed");
}

#[wasm_bindgen_test]
async fn values_cross_the_border_both_ways_and_what_sql_has_no_type_for_does_not() {
    let mut rig = Rig::over(None).await.expect("a database in memory");
    let bytes = Uint8Array::from(&[0, 255][..]);
    let wide = BigInt::from(i64::MIN);
    let given = [
        JsValue::NULL,
        (-7.0).into(),
        0.5.into(),
        "橋\0🌉".into(),
        wide.into(),
        true.into(),
        bytes.buffer().into(),
        bytes.clone().into(),
    ];
    let sql = "SELECT ?, ?, ?, ?, ?, ?, ?, ?, typeof(?2), typeof(?3)".into();
    let (answer, transfer) = rig.call(GET, &sql, list(&given));
    assert_eq!(answer.get(1), 0.0, "{answer:?}");
    assert!(transfer.is_undefined(), "few values go as they are");
    let cells = Array::from(&answer.get(3));
    for at in 0..5 {
        assert_eq!(cells.get(at), given[at as usize], "value {at}");
    }
    assert_eq!(cells.get(5), 1.0, "a boolean is an integer");
    for at in [6, 7] {
        assert_eq!(cells.get(at).unchecked_into::<Uint8Array>().to_vec(), [0, 255], "value {at}");
    }
    assert_eq!((cells.get(8), cells.get(9)), ("integer".into(), "real".into()));

    let too_wide = BigInt::from(u64::MAX).into();
    for refused in [JsValue::UNDEFINED, Object::new().into(), too_wide, js_sys::Symbol::iterator().into()] {
        let what = format!("{refused:?}");
        assert_eq!(rig.code(GET, &"SELECT ?".into(), list(&[refused])).as_deref(), Some("parameter"), "{what}");
    }
    assert_eq!(rig.code(GET, &7.into(), JsValue::UNDEFINED).as_deref(), Some("unknown_statement"), "a number of none");
    assert_eq!(
        rig.code(GET, &JsValue::TRUE, JsValue::UNDEFINED).as_deref(),
        Some("parameter"),
        "SQL that is a boolean"
    );
    assert_eq!(
        rig.code(99, &JsValue::NULL, JsValue::UNDEFINED).as_deref(),
        Some("internal"),
        "a call of another version"
    );
}

#[wasm_bindgen_test]
async fn many_values_go_as_a_block_that_is_transferred() {
    let mut rig = Rig::over(None).await.expect("a database in memory");
    let sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 50) SELECT x, '橋🌉' || x FROM n";
    let (answer, transfer) = rig.call(ALL, &sql.into(), JsValue::UNDEFINED);
    let block: ArrayBuffer = answer.get(3).dyn_into().expect("a block");
    assert_eq!(Array::from(&transfer).get(0), JsValue::from(&block), "it is not copied");
    let head = Uint32Array::new_with_byte_offset_and_length(&block, 0, 3).to_vec();
    assert_eq!(head[0], 100, "cells");
    let kinds = Uint8Array::new_with_byte_offset_and_length(&block, 16, 100).to_vec();
    assert_eq!(kinds[98..], [1, 3], "an integer and a text");
    let numbers = Float64Array::new_with_byte_offset_and_length(&block, 16 + 104, 100).to_vec();
    assert_eq!(numbers[98..], [50.0, 5.0], "its value, and its length in UTF-16 units");
    let text = Uint8Array::new_with_byte_offset_and_length(&block, 16 + 104 + 800, head[1]).to_vec();
    assert!(text.ends_with("橋🌉50".as_bytes()));
}

#[wasm_bindgen_test]
async fn columns_have_their_names_for_whom_they_are_new() {
    const OTHER: f64 = 8.0;
    let mut rig = Rig::over(None).await.expect("a database in memory");
    let names = |answer: &Array| answer.get(4).dyn_into::<Array>().ok().map(|names| names.join(","));
    let (one, two): (JsValue, JsValue) = ("SELECT 1 AS a, 2 AS b".into(), "SELECT 1 AS c".into());
    let first = rig.call(GET, &one, JsValue::UNDEFINED).0;
    assert_eq!(names(&first), Some("a,b".into()));
    let again = rig.call(ALL, &one, JsValue::UNDEFINED).0;
    assert_eq!((names(&again), again.get(2)), (None, first.get(2)), "their number stands for them");
    let other = rig.call(GET, &two, JsValue::UNDEFINED).0;
    assert_eq!(names(&other), Some("c".into()));
    assert_ne!(other.get(2), first.get(2));

    // Another client has heard of none, and one that connects anew may have forgotten.
    let port = rig.port();
    rig.engine.connect(OTHER, port, None);
    let message: Array =
        [GET.into(), 9.into(), 9.into(), 0.into(), 0.into(), false.into(), one.clone()].iter().collect();
    rig.engine.receive(OTHER, &message);
    assert_eq!(names(&rig.heard.borrow_mut().pop().expect("an answer").0), Some("a,b".into()));
    let port = rig.port();
    rig.engine.connect(CLIENT, port, None);
    assert_eq!(names(&rig.call(GET, &one, JsValue::UNDEFINED).0), Some("a,b".into()));
    assert_eq!(names(&rig.call(GET, &one, JsValue::UNDEFINED).0), None);

    // More statements than are kept: numbers come again, and names with them.
    for at in 0..600 {
        let sql = format!("SELECT {at} AS n{at}").into();
        assert_eq!(names(&rig.call(GET, &sql, JsValue::UNDEFINED).0), Some(format!("n{at}").into()));
    }
    assert_eq!(names(&rig.call(GET, &one, JsValue::UNDEFINED).0), Some("a,b".into()));
}

/// Sends a call that is written to the slate: `numbers` from its head on, a kind for each value, their text.
fn write(rig: &mut Rig, layout: &[u32], numbers: &[f64], kinds: &[u8], text: &[u8]) -> Array {
    let buffer = wasm_bindgen::memory().unchecked_into::<js_sys::WebAssembly::Memory>().buffer();
    Float64Array::new_with_byte_offset(&buffer, layout[0]).set(&Float64Array::from(numbers), 0);
    let bytes = Uint8Array::new_with_byte_offset(&buffer, layout[1]);
    bytes.set(&Uint8Array::from(kinds), 0);
    bytes.set(&Uint8Array::from(text), layout[2]);
    rig.engine.receive_written(CLIENT);
    rig.heard.borrow_mut().pop().expect("an answer").0
}

#[wasm_bindgen_test]
async fn a_written_call_is_read_with_its_values_and_a_damaged_one_is_refused() {
    let mut rig = Rig::over(None).await.expect("a database in memory");
    let heard = rig.heard.clone();
    // Stands for slate.js.
    let ran = Closure::<dyn FnMut(JsValue, f64, f64, f64)>::new(move |_, id: f64, changes: f64, _| {
        heard.borrow_mut().push((Array::of2(&id.into(), &changes.into()), JsValue::UNDEFINED));
    });
    let reader = Object::new();
    Reflect::set(&reader, &"ran".into(), ran.as_ref()).expect("a property");
    let layout = rig.engine.slate(reader.unchecked_into());
    rig.call(BATCH, &list(&[list(&[2.into(), "CREATE TABLE t(a, b, c, d, e)".into()])]), JsValue::UNDEFINED);
    let insert = "INSERT INTO t VALUES (?, ?, ?, ?, ?)".into();
    let five = list(&[1, 2, 3, 4, 5].map(JsValue::from));
    let kept = [RUN.into(), 500.into(), 0.into(), 0.into(), 0.into(), false.into(), insert, five, 9.into()];
    rig.engine.receive(CLIENT, &kept.iter().collect());
    rig.heard.borrow_mut().clear();

    let written = [f64::from(RUN), 501.0, 0.0, 0.0, 0.0, 0.0, 9.0, 5.0, 0.0, 0.5, 7.0, 3.0, 2.0];
    let (kinds, text) = ([0, 1, 2, 3, 3], "橋é".as_bytes());
    let answer = write(&mut rig, &layout, &written, &kinds, text);
    assert_eq!((answer.get(0), answer.get(1)), (501.into(), 1.into()), "{answer:?}");
    let delete = "DELETE FROM t WHERE a IS NULL AND b = 0.5 AND c = 7 AND d = '橋' AND e = 'é'".into();
    assert_eq!(rig.call(RUN, &delete, JsValue::UNDEFINED).0.get(1), 1.0, "the row as it was written");

    let unknown_kind = [0, 1, 9, 3, 3];
    for (at, value, kinds, expected) in [
        (6, 8.0, kinds, "unknown_statement"),
        (6, -1.0, kinds, "unknown_statement"),
        (6, f64::NAN, kinds, "unknown_statement"),
        (7, 4.0, kinds, "parameter"),
        (7, -1.0, kinds, "parameter"),
        (7, 33.0, kinds, "internal"),
        (10, 7.0, unknown_kind, "internal"),
        // Inside of a letter.
        (11, 2.0, kinds, "internal"),
    ] {
        let mut damaged = written;
        damaged[at] = value;
        let answer = write(&mut rig, &layout, &damaged, &kinds, text);
        assert_eq!((answer.get(1), answer.get(2)), (1.into(), expected.into()), "{at} is {value}: {answer:?}");
    }
}

#[wasm_bindgen_test]
async fn a_hello_of_another_version_is_refused_and_changes_nothing() {
    let mut rig = Rig::over(None).await.expect("a database");
    let step = list(&[1.into(), "CREATE TABLE t(x)".into()]);
    for version in [JsValue::UNDEFINED, 0.into(), (VERSION + 1).into(), "1".into()] {
        let code = rig.code(HELLO, &list(std::slice::from_ref(&step)), version.clone());
        assert_eq!(code.as_deref(), Some("protocol_outdated"), "{version:?}");
    }
    let tables = rig.call(GET, &"SELECT count(*) FROM sqlite_schema WHERE name = 't'".into(), JsValue::UNDEFINED).0;
    assert_eq!(Array::from(&tables.get(3)).get(0), 0.0, "{tables:?}");
}
