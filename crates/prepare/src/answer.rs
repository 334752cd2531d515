use hashi_guest::inspect::Callable;
use hashi_guest::prepare::{Prepared, prepare_reported};
use hashi_guest::{Inspection, PlatformLimits, Refusal, Sha256};
use serde::Serialize;

/// What is handed to the host: JSON, then the files that it names, as bytes.
///
/// Part 0 is JSON: `{"report": …, "functions": …, "types": …, "bundle": …, "files": …}` or `{"refusal": {"code": …, "message": …}}`. The parts
/// after it are the files of the bundle, in the order of `files`; the first is `manifest.json`.
#[derive(Debug)]
pub struct Answer {
    /// The JSON and the files.
    pub parts: Vec<Vec<u8>>,
}

/// Prepares an upload of the given length, of which no more than the platform takes has to be there.
pub fn answer(bytes: Vec<u8>, length: u64) -> Answer {
    let limits = PlatformLimits::default();
    // Said before the bytes are copied, where they are too many: the instance might not hold them.
    let most = u64::from(limits.module_bytes);
    let prepared = if length > most {
        Err(Refusal::Limit { what: "bytes of the module".into(), given: length, most })
    } else {
        prepare_reported(bytes, &limits)
    };
    match prepared {
        Ok(prepared) => accepted(prepared),
        Err(refusal) => refused(&refusal),
    }
}

/// The JSON of an upload that became a bundle.
#[derive(Serialize)]
struct Accepted<'a> {
    /// What the upload is.
    report: &'a Inspection,
    /// What can be called in it.
    functions: Vec<Callable>,
    /// The definitions of the types that the functions name.
    types: Vec<String>,
    /// The hash of `manifest.json`, which holds those of the other files: the bundle's own name.
    bundle: Sha256,
    /// The files of the bundle.
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    sha256: Sha256,
}

fn accepted(prepared: Prepared) -> Answer {
    let Prepared { inspection, bundle } = prepared;
    let manifest = bundle.manifest_json().into_bytes();
    let hash = Sha256::of(&manifest);
    let modules = bundle.manifest.files.iter().map(|file| File { name: &file.name, sha256: file.sha256 });
    let accepted = Accepted {
        report: &inspection,
        functions: inspection.functions(),
        types: inspection.types(),
        bundle: hash,
        files: [File { name: "manifest.json", sha256: hash }].into_iter().chain(modules).collect(),
    };
    let mut parts = vec![json(&accepted), manifest];
    parts.extend(bundle.modules.into_iter().map(|module| module.bytes));
    Answer { parts }
}

fn refused(refusal: &Refusal) -> Answer {
    #[derive(Serialize)]
    struct Refused {
        refusal: Reason,
    }
    #[derive(Serialize)]
    struct Reason {
        code: &'static str,
        message: String,
    }
    let refusal = Reason { code: refusal.code(), message: refusal.to_string() };
    Answer { parts: vec![json(&Refused { refusal })] }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    // Strings and numbers in structs and vectors: nothing in it can fail to be written.
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test sees its panic")]
mod tests {
    use serde_json::Value;

    use super::*;

    fn said(answer: &Answer) -> Value {
        serde_json::from_slice(&answer.parts[0]).unwrap()
    }

    #[test]
    fn an_upload_comes_back_as_a_report_and_the_files_that_it_names() {
        let bytes = wat::parse_str(r#"(module (func (export "half") (param f64) (result f64) local.get 0))"#).unwrap();
        let answer = answer(bytes.clone(), bytes.len() as u64);
        let said = said(&answer);
        assert_eq!(said["report"]["sha256"], Sha256::of(&bytes).to_string());
        assert_eq!(said["functions"], serde_json::json!([{ "name": "half", "signature": "func(f64) -> (f64)" }]));
        let files = said["files"].as_array().unwrap();
        assert_eq!(files.len() + 1, answer.parts.len());
        for (file, part) in files.iter().zip(&answer.parts[1..]) {
            assert_eq!(file["sha256"], Sha256::of(part).to_string(), "{file}");
        }
        assert_eq!(said["bundle"], files[0]["sha256"]);
        let manifest: Value = serde_json::from_slice(&answer.parts[1]).unwrap();
        assert_eq!(manifest["files"][0]["name"], files[1]["name"]);
    }

    #[test]
    fn a_refusal_comes_back_alone() {
        let answer = answer(b"remember the milk".to_vec(), 17);
        assert_eq!(answer.parts.len(), 1);
        assert_eq!(said(&answer)["refusal"]["code"], "not_webassembly");
    }

    #[test]
    fn what_is_too_long_is_refused_by_its_length_alone() {
        let refusal = &said(&answer(Vec::new(), 10 * 1024 * 1024 + 1))["refusal"];
        let message = "bytes of the module: 10485761 is more than the 10485760 that the platform takes";
        assert_eq!((refusal["code"].as_str(), refusal["message"].as_str()), (Some("limit_exceeded"), Some(message)));
    }
}
