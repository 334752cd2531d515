//! What core modules import.

use wasmtime_environ::StaticModuleIndex;
use wasmtime_environ::component::{CoreDef, FixedEncoding, Trampoline, TrampolineIndex, Transcode};

use super::flatten::Flattener;
use super::plan::{self, Definition, Scope, Transfer};
use super::{ASYNC, unsupported};
use crate::Refusal;

/// The interface whose functions a guest waits for.
const WAITS: &str = "edge:runtime/http-outbound@";

impl Flattener<'_> {
    pub(super) fn definition(
        &mut self,
        def: &CoreDef,
        of: impl Fn(usize) -> StaticModuleIndex,
    ) -> Result<Definition, Refusal> {
        match def {
            CoreDef::Export(export) => {
                let (instance, name) = self.export(export, of)?;
                Ok(Definition::Export(instance, name))
            }
            CoreDef::InstanceFlags(component) => Ok(Definition::Flags(component.as_u32())),
            CoreDef::Trampoline(index) => self.trampoline(*index),
            CoreDef::UnsafeIntrinsic(_) => {
                Err(unsupported("an intrinsic of another host", "import interfaces of edge:runtime"))
            }
        }
    }

    fn trampoline(&mut self, index: TrampolineIndex) -> Result<Definition, Refusal> {
        if let Some((_, definition)) = self.placed.iter().find(|(placed, _)| *placed == index) {
            return Ok(definition.clone());
        }
        let definition = match &self.trampolines[index] {
            Trampoline::LowerImport { index, lower_ty, options } => {
                let (import, path) = &self.component.imports[self.lowerings[index.as_u32() as usize]];
                let outer = &self.component.import_types[*import].0;
                let (interface, name) = match path.as_slice() {
                    [] => (String::new(), outer.clone()),
                    [name] => (outer.clone(), name.clone()),
                    _ => return Err(unsupported(format!("an instance inside of `{outer}`"), "import functions")),
                };
                let (params, result) = self.signature(*lower_ty, &format!("`{interface}`'s `{name}`"))?;
                let context = self.context(*options)?;
                let suspends = interface.starts_with(WAITS);
                self.plan.lowered.push(plan::Lowered { interface, name, params, result, context, suspends });
                Definition::Lowered(self.plan.lowered.len() as u32 - 1)
            }
            Trampoline::Transcoder { op, from, from64: false, to, to64: false } => {
                let (from, to) = (self.memories[*from].clone(), self.memories[*to].clone());
                self.plan.transcoders.push(plan::Transcoder { operation: operation(*op), from, to });
                Definition::Transcoder(self.plan.transcoders.len() as u32 - 1)
            }
            Trampoline::Trap(trap) => Definition::Trap(trap.to_string()),
            Trampoline::EnterSyncCall => Definition::Scope(Scope::Enter),
            Trampoline::ExitSyncCall => Definition::Scope(Scope::Leave),
            Trampoline::ResourceNew { ty, .. } => Definition::New(self.handle(*ty)?),
            Trampoline::ResourceRep { ty, .. } => Definition::Rep(self.handle(*ty)?),
            Trampoline::ResourceDrop { ty, .. } => Definition::Drop(self.handle(*ty)?),
            Trampoline::ResourceTransferOwn => Definition::Transfer(Transfer::Own),
            Trampoline::ResourceTransferBorrow => Definition::Transfer(Transfer::Borrow),
            _ => return Err(unsupported("asynchronous or threaded code", ASYNC)),
        };
        self.placed.push((index, definition.clone()));
        Ok(definition)
    }
}

fn operation(op: Transcode) -> &'static str {
    match op {
        Transcode::Copy(FixedEncoding::Utf8) => "copy-utf8",
        Transcode::Copy(FixedEncoding::Utf16) => "copy-utf16",
        Transcode::Copy(FixedEncoding::Latin1) => "copy-latin1",
        Transcode::Latin1ToUtf16 => "latin1-to-utf16",
        Transcode::Latin1ToUtf8 => "latin1-to-utf8",
        Transcode::Utf16ToCompactProbablyUtf16 => "utf16-to-compact-probably-utf16",
        Transcode::Utf16ToCompactUtf16 => "utf16-to-compact-utf16",
        Transcode::Utf16ToLatin1 => "utf16-to-latin1",
        Transcode::Utf16ToUtf8 => "utf16-to-utf8",
        Transcode::Utf8ToCompactUtf16 => "utf8-to-compact-utf16",
        Transcode::Utf8ToLatin1 => "utf8-to-latin1",
        Transcode::Utf8ToUtf16 => "utf8-to-utf16",
    }
}
