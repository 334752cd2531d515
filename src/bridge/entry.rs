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

/// Defines a Worker's exports `start`, `answer`, `settled`, `age`, `turn` and `leave` for the route table that `$table` makes of the bindings.
///
/// `$table` is a `fn(&worker::Env) -> Result<RouteTable<$state>, Problem>`; it is called at the isolate's first request, and again at the
/// next one if it failed. With `scheduled = $scheduled`, a `fn(Rc<$state>, Context, f64) -> impl Future<Output = ()>`, there is an export
/// `scheduled` for the clock's ticks, whose times are in milliseconds since 1970. The calling crate needs `wasm-bindgen`, `web-sys` and `worker`.
#[macro_export]
macro_rules! worker {
    ($state:ty, $table:path $(, scheduled = $scheduled:path)?) => {
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

            /// Tells that the request `number` has waited for a while; see [`promise::age`]($crate::bridge::promise::age).
            #[wasm_bindgen]
            pub fn age(number: u32) {
                $crate::bridge::promise::age(number);
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
                if let Err(problem) = make_table(&env) {
                    return $crate::bridge::edge::refuse(number, problem);
                }
                TABLE.with(|cell| {
                    let Some(table) = cell.get() else { return Err(JsValue::UNDEFINED) };
                    let context = worker::Context::new(context);
                    $crate::bridge::edge::fetch(table, method, url, number, request, env, context)
                })
            }

            fn make_table(env: &worker::Env) -> Result<(), $crate::bridge::Problem> {
                TABLE.with(|cell| {
                    if cell.get().is_none() {
                        // Nothing else runs between the look and the set.
                        let table = $table(env)?;
                        $crate::bridge::edge::leave_to_others(&table);
                        drop(cell.set(table));
                    }
                    Ok(())
                })
            }

            $(
                /// Does what is due at `time`; whether it is done. If not, the shim is told when it is.
                #[wasm_bindgen]
                pub fn scheduled(time: f64, number: u32, env: worker::Env, context: worker::worker_sys::Context) -> bool {
                    // Without settings there is nothing to do, and the log says so.
                    let app = make_table(&env).ok().and_then(|()| TABLE.with(|cell| cell.get().map(|table| table.state().clone())));
                    let Some(app) = app else { return true };
                    let context = worker::Context::new(context);
                    $crate::bridge::edge::tick(number, env, context, |context| $scheduled(app, context, time))
                }
            )?

            /// Gives up the request `number`; see [`edge::leave`]($crate::bridge::edge::leave).
            #[wasm_bindgen]
            pub fn leave(number: u32) {
                $crate::bridge::edge::leave(number);
            }
        }
    };
}
