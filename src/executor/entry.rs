//! Which export a call runs.

use crate::functions::Function;
use crate::functions::module::Prepared;

/// The world whose export `handle` answers HTTP requests (wit/worlds.wit).
const HTTP_HANDLER: &str = "http-handler";

/// The export that is started, of the world `edge-worker`.
const RUN: &str = "run";

/// The export of a call that names none: the function's entrypoint, or `run` where the module has that and not the entrypoint.
pub fn default_export<'f>(function: &'f Function, prepared: &Prepared) -> &'f str {
    let has = |name: &str| prepared.exports.iter().any(|export| export.name == name);
    if !has(&function.entrypoint) && has(RUN) { RUN } else { &function.entrypoint }
}

/// Whether the module answers HTTP requests.
pub fn answers_http(prepared: &Prepared) -> bool {
    prepared.worlds.iter().any(|world| world == HTTP_HANDLER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::ArtifactHash;
    use crate::functions::module::Export;
    use crate::functions::tests::function;

    fn prepared(exports: &[&str], worlds: &[&str]) -> Prepared {
        let export = |name: &&str| Export { name: (*name).to_owned(), signature: "func()".to_owned() };
        let bundle = ArtifactHash::parse(&"0".repeat(64)).expect("a hash");
        let worlds = worlds.iter().map(|world| (*world).to_owned()).collect();
        Prepared { prepare: 1, bundle, worlds, exports: exports.iter().map(export).collect(), types: Vec::new() }
    }

    #[test]
    fn a_call_without_a_name_runs_the_entrypoint_or_what_a_worker_runs() {
        let function = function("f");
        assert_eq!(default_export(&function, &prepared(&["_start", RUN], &[])), "_start");
        assert_eq!(default_export(&function, &prepared(&[RUN], &[])), "run");
        assert_eq!(default_export(&function, &prepared(&[], &[])), "_start");
        let own = Function { entrypoint: "go".into(), ..function };
        assert_eq!(default_export(&own, &prepared(&["go", RUN], &[])), "go");
    }

    #[test]
    fn only_what_exports_the_world_of_a_handler_is_one() {
        assert!(answers_http(&prepared(&["handle"], &["http-handler"])));
        assert!(!answers_http(&prepared(&["handle"], &[])), "some other function of that name");
        assert!(!answers_http(&prepared(&["run"], &["edge-worker"])));
    }
}
