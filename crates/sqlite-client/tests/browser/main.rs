//! The client in a page of headless Chromium, over the package as it is built: `npm test -- --only wasm-sqlite-client`.
#![cfg(target_arch = "wasm32")]

mod calls;
mod example;
mod lasting;
mod page;
mod refusals;
mod transactions;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
