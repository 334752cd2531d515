use std::path::Path;

use hashi_guest::inspect::Extern;
use hashi_guest::{Inspection, inspect};

use crate::{Error, file};

/// Reports on a module.
pub fn run(path: &Path, json: bool) -> Result<(), Error> {
    let bytes = file::module(path)?;
    let inspection = inspect(&bytes, &file::limits()).map_err(file::refused(path))?;
    if json {
        // Maps and strings only: it can't fail.
        println!("{}", serde_json::to_string_pretty(&inspection).unwrap_or_default());
    } else {
        print!("{}", report(&inspection));
    }
    Ok(())
}

fn report(inspection: &Inspection) -> String {
    let mut lines = vec![format!("kind: {}", inspection.kind)];
    lines.extend(inspection.name.iter().map(|name| format!("name: {name}")));
    lines.push(format!("size: {} bytes", inspection.bytes));
    lines.push(format!("sha256: {}", inspection.sha256));
    if !inspection.worlds.is_empty() {
        lines.push(format!("worlds: {}", inspection.worlds.join(", ")));
    }
    section(&mut lines, "exports", externs(&inspection.exports));
    section(&mut lines, "imports", externs(&inspection.imports));
    section(&mut lines, "types", inspection.types());
    section(&mut lines, "memories", inspection.memories.iter().map(ToString::to_string).collect());
    let producer = |producer: &hashi_guest::inspect::Producer| {
        format!("{}: {} {}", producer.field, producer.name, producer.version).trim_end().to_string()
    };
    section(&mut lines, "producers", inspection.producers.iter().map(producer).collect());
    lines.join("\n") + "\n"
}

fn section(lines: &mut Vec<String>, title: &str, items: Vec<String>) {
    if !items.is_empty() {
        lines.push(format!("{title}:"));
        lines.extend(items.into_iter().map(|item| format!("  {item}")));
    }
}

fn externs(externs: &[Extern]) -> Vec<String> {
    let line = |item: &Extern| {
        let from = item.from.as_ref().map_or(String::new(), |from| format!("{from}."));
        format!("{from}{}: {}", item.name, item.item)
    };
    externs.iter().map(line).collect()
}
