//! The exports that the shim calls.

/// Defines a Worker's export `outbound`, for its entry point `Gateway` (js/worker/gateway.js): every request that a guest sends.
///
/// The calling crate needs `wasm-bindgen`, `web-sys` and `worker`.
#[macro_export]
macro_rules! gateway {
    () => {
        mod gateway_exports {
            use wasm_bindgen::prelude::*;

            /// Answers a request that a guest sends, with a response, or with `undefined` if its answer comes later;
            /// see [`passage`]($crate::executor::gateway::passage).
            #[wasm_bindgen]
            pub fn outbound(
                method: &str,
                number: u32,
                request: web_sys::Request,
                env: worker::Env,
                context: worker::worker_sys::Context,
                permissions: String,
            ) -> Result<JsValue, JsValue> {
                let context = worker::Context::new(context);
                $crate::bridge::edge::serve_one(method, number, request, env, context, |request, env| {
                    $crate::executor::gateway::passage::pass(request, env, permissions)
                })
            }
        }
    };
}

/// Defines a Worker's exports `start`, `answer`, `settled`, `turn` and `leave` for the route table that `$table` makes of the bindings.
///
/// `$table` is a `fn(&worker::Env) -> Result<RouteTable<$state>, Problem>`; it is called at the isolate's first request, and again at the
/// next one if it failed. The calling crate needs `wasm-bindgen`, `web-sys` and `worker`.
#[macro_export]
macro_rules! worker {
    ($state:ty, $table:path) => {
        mod worker_exports {
            use std::cell::OnceCell;

            use wasm_bindgen::prelude::*;

            thread_local! {
                static TABLE: OnceCell<$crate::bridge::RouteTable<$state>> = const { OnceCell::new() };
            }

            /// Binds the instance to its shim; see [`edge::start`]($crate::bridge::edge::start).
            #[wasm_bindgen]
            pub fn start(host: $crate::bridge::host::Host, prefix: &str, env: worker::Env) {
                $crate::bridge::edge::start(host, prefix, &env);
            }

            /// Goes on with what was woken; see [`task::turn`]($crate::bridge::task::turn).
            #[wasm_bindgen]
            pub fn turn() {
                $crate::bridge::task::turn();
            }

            /// Tells what the promise `number` came to; see [`promise::settled`]($crate::bridge::promise::settled).
            #[wasm_bindgen]
            pub fn settled(number: u32, fulfilled: bool, value: JsValue) {
                $crate::bridge::promise::settled(number, if fulfilled { Ok(value) } else { Err(value) });
            }

            /// Answers a request with a response, or with `undefined` if its answer comes later.
            #[wasm_bindgen]
            pub fn answer(
                method: &str,
                url: String,
                number: u32,
                request: web_sys::Request,
                env: worker::Env,
                context: worker::worker_sys::Context,
            ) -> Result<JsValue, JsValue> {
                TABLE.with(|cell| {
                    if cell.get().is_none() {
                        match $table(&env) {
                            // Nothing else runs between the look and the set.
                            Ok(table) => drop(cell.set(table)),
                            Err(problem) => return $crate::bridge::edge::refuse(number, problem),
                        }
                    }
                    let Some(table) = cell.get() else { return Err(JsValue::UNDEFINED) };
                    let context = worker::Context::new(context);
                    $crate::bridge::edge::fetch(table, method, url, number, request, env, context)
                })
            }

            /// Gives up the request `number`; see [`edge::leave`]($crate::bridge::edge::leave).
            #[wasm_bindgen]
            pub fn leave(number: u32) {
                $crate::bridge::edge::leave(number);
            }
        }
    };
}
