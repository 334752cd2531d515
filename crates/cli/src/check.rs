use std::path::Path;

use hashi_guest::prepare::prepare_reported;

use crate::{Error, file};

/// Says whether the platform would take a module, and what could be called in it.
pub fn run(path: &Path) -> Result<(), Error> {
    let bytes = file::module(path)?;
    // All of it: some of what can't be run shows only when code is generated.
    let inspection = prepare_reported(bytes, &file::limits()).map_err(file::refused(path))?.inspection;
    println!(
        "{}: taken: {}, {} bytes, sha256 {}",
        path.display(),
        inspection.kind,
        inspection.bytes,
        inspection.sha256
    );
    for world in &inspection.worlds {
        println!("  it is a guest of the world {world}");
    }
    for export in inspection.exports.iter().filter(|export| export.item.is_function()) {
        let from = export.from.as_ref().map_or(String::new(), |from| format!("{from}."));
        let reason =
            export.item.why_uncallable().map_or(String::new(), |reason| format!("; not callable: it {reason}"));
        println!("  {from}{}: {}{reason}", export.name, export.item);
    }
    Ok(())
}
