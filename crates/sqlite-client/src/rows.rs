//! Rows that come one by one.

use std::marker::PhantomData;

use js_sys::{AsyncIterator, Function, IteratorNext, Reflect};
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::from_value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::error::Error;

/// The rows of one snapshot, in the query's order. They come in chunks, the next one while the last is read.
#[derive(Debug)]
pub struct Rows<R> {
    iterator: AsyncIterator,
    over: bool,
    row: PhantomData<fn() -> R>,
}

impl<R: DeserializeOwned> Rows<R> {
    pub(crate) fn new(iterator: AsyncIterator) -> Self {
        Self { iterator, over: false, row: PhantomData }
    }

    /// The next row; after the last one, and after a failure, there is none.
    pub async fn next(&mut self) -> Option<Result<R, Error>> {
        if self.over {
            return None;
        }
        let step = async {
            let next: IteratorNext = JsFuture::from(self.iterator.next()?).await?.unchecked_into();
            Ok(if next.done() { None } else { Some(next.value()) })
        };
        match step.await {
            Ok(Some(row)) => Some(from_value(row).map_err(Error::rows)),
            Ok(None) => {
                self.over = true;
                None
            }
            Err(thrown) => {
                self.over = true;
                Some(Err(Error::thrown(thrown)))
            }
        }
    }
}

impl<R> Drop for Rows<R> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        // What `for await` calls when it is left early. The leader is told by it, and nobody waits for that.
        if let Ok(end) = Reflect::get(&self.iterator, &"return".into()).and_then(JsValue::dyn_into::<Function>) {
            let _ = end.call0(&self.iterator);
        }
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    /// JavaScript's own iterator, which `ended` counts the ends of.
    fn counting(ended: &js_sys::Array) -> AsyncIterator {
        let body = "return (async function* () { try { yield 1; yield 2; } finally { ended.push(1); } })()";
        let made = Function::new_with_args("ended", body).call1(&JsValue::UNDEFINED, ended);
        made.expect("an iterator").unchecked_into()
    }

    #[wasm_bindgen_test]
    async fn what_is_left_early_is_ended_once_and_what_is_read_to_its_end_by_itself() {
        let ended = js_sys::Array::new();
        let mut rows = Rows::<u32>::new(counting(&ended));
        assert_eq!(rows.next().await.expect("a row").expect("a number"), 1);
        assert_eq!(ended.length(), 0);
        drop(rows);
        // It ends itself as soon as nothing else runs.
        JsFuture::from(counting(&js_sys::Array::new()).next().expect("a promise")).await.expect("a row");
        assert_eq!(ended.length(), 1);

        let mut rows = Rows::<u32>::new(counting(&ended));
        while rows.next().await.is_some() {}
        assert!(rows.next().await.is_none());
        drop(rows);
        assert_eq!(ended.length(), 2);
    }
}
