//! `bench-wasmtime KERNELS.wasm SLICES NAME=SIZE…`: runs each kernel with wasmtime's fuel and without, in turns, and prints the time of each
//! call in nanoseconds as JSON: `{name: {result, plain: […], fuel: […]}}`.

use std::time::Instant;

use serde_json::{Value, json};
use wasmtime::{Config, Engine, Instance, Module, Result, Store, TypedFunc};

struct Kernel {
    store: Store<()>,
    call: TypedFunc<u32, u32>,
}

impl Kernel {
    fn of(wasm: &[u8], name: &str, fuel: bool) -> Result<Kernel> {
        let mut config = Config::new();
        config.consume_fuel(fuel);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, wasm)?;
        let mut store = Store::new(&engine, ());
        if fuel {
            store.set_fuel(u64::MAX / 2)?;
        }
        let instance = Instance::new(&mut store, &module, &[])?;
        let call = instance.get_typed_func(&mut store, name)?;
        Ok(Kernel { store, call })
    }

    /// The result, and nanoseconds.
    fn time(&mut self, size: u32) -> Result<(u32, u64)> {
        let begun = Instant::now();
        let result = self.call.call(&mut self.store, size)?;
        Ok((result, begun.elapsed().as_nanos() as u64))
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, slices, kernels @ ..] = arguments.as_slice() else {
        return Err(wasmtime::Error::msg("KERNELS.wasm SLICES NAME=SIZE…"));
    };
    let wasm = std::fs::read(file)?;
    let mut told = serde_json::Map::new();
    for kernel in kernels {
        let (name, size) = kernel.split_once('=').unwrap_or((kernel, "1"));
        let size: u32 = size.parse()?;
        let (mut plain, mut fuel) = (Kernel::of(&wasm, name, false)?, Kernel::of(&wasm, name, true)?);
        let (result, _) = plain.time(size)?;
        fuel.time(size)?;
        let (mut times, mut fuelled): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
        for _ in 0..slices.parse()? {
            times.push(plain.time(size)?.1.into());
            fuelled.push(fuel.time(size)?.1.into());
        }
        told.insert(name.to_owned(), json!({ "result": result, "plain": times, "fuel": fuelled }));
    }
    println!("{}", Value::Object(told));
    Ok(())
}
