//! The functions of a component: those that it exports, and where the values of all of them lie.

use wasmtime_environ::StaticModuleIndex;
use wasmtime_environ::component::{
    CanonicalOptions, CanonicalOptionsDataModel, Export, ExportIndex, OptionsIndex, StringEncoding, TypeFuncIndex,
};

use super::flatten::Flattener;
use super::plan::{self, Type};
use super::{ASYNC, unsupported};
use crate::Refusal;

/// A function's parameters by name, and its result.
type Signature = (Vec<(String, Type)>, Option<Type>);

impl Flattener<'_> {
    pub(super) fn exported(
        &mut self,
        interface: &str,
        name: &str,
        index: ExportIndex,
        of: impl Fn(usize) -> StaticModuleIndex,
    ) -> Result<(), Refusal> {
        let (ty, function, options) = match &self.component.export_items[index] {
            Export::LiftedFunction { ty, func, options } => (*ty, func, *options),
            // Types are of use to bindings only.
            Export::Type(_) => return Ok(()),
            Export::Instance { .. } => {
                return Err(unsupported(format!("the instance `{name}` inside of `{interface}`"), "export functions"));
            }
            _ => return Err(unsupported(format!("the exported core module `{name}`"), "export functions")),
        };
        if self.uncallable.contains(&(interface, name)) {
            return Ok(());
        }
        let place = if interface.is_empty() { format!("`{name}`") } else { format!("`{interface}`'s `{name}`") };
        let (params, result) = self.signature(ty, &place)?;
        let post_return = self.component.options[options].post_return.map(|index| self.post_returns[index].clone());
        let export = plan::Export {
            interface: interface.to_owned(),
            name: name.to_owned(),
            params,
            result,
            results: None,
            function: self.function(function, of, name)?,
            post_return,
            context: self.context(options)?,
            suspends: false,
        };
        self.plan.exports.push(export);
        Ok(())
    }

    pub(super) fn signature(&mut self, ty: TypeFuncIndex, place: &str) -> Result<Signature, Refusal> {
        let function = &self.all[ty];
        if function.async_ {
            return Err(unsupported(format!("the asynchronous function {place}"), ASYNC));
        }
        let params = function.param_names.iter().cloned().zip(self.types.tuple(function.params, place)?).collect();
        Ok((params, self.types.tuple(function.results, place)?.first().copied()))
    }

    pub(super) fn context(&mut self, options: OptionsIndex) -> Result<u32, Refusal> {
        let options: &CanonicalOptions = &self.component.options[options];
        if options.async_ || options.callback.is_some() {
            return Err(unsupported("an asynchronous function", ASYNC));
        }
        let CanonicalOptionsDataModel::LinearMemory(at) = options.data_model else {
            return Err(unsupported("a function over garbage-collected values", "build it for linear memory"));
        };
        let context = plan::Context {
            component: options.instance.as_u32(),
            memory: at.memory.map(|index| self.memories[index].clone()),
            realloc: at.realloc.map(|index| self.reallocs[index].clone()),
            encoding: match options.string_encoding {
                StringEncoding::Utf8 => "utf8",
                StringEncoding::Utf16 => "utf16",
                StringEncoding::CompactUtf16 => "latin1+utf16",
            },
        };
        let known = self.plan.contexts.iter().position(|known| *known == context);
        Ok(known.unwrap_or_else(|| {
            self.plan.contexts.push(context);
            self.plan.contexts.len() - 1
        }) as u32)
    }
}
