use wasmparser::{
    BinaryReader, ComponentName, ComponentNameSectionReader, Name, NameSectionReader, ProducersSectionReader,
};

use super::Producer;
use crate::validate::Custom;

/// More entries than that are nobody's.
const PRODUCERS: usize = 64;
/// A longer name is cut.
const NAME: usize = 256;

/// The name and the makers that custom sections tell; what is broken in them is passed over, as the specification has it.
pub(super) fn read(bytes: &[u8], sections: &[Custom]) -> (Option<String>, Vec<Producer>) {
    let mut name = None;
    let mut producers = Vec::new();
    for section in sections {
        let Some(data) = bytes.get(section.range.clone()) else { continue };
        let reader = BinaryReader::new(data, section.range.start as u64);
        match section.name {
            "name" => name = name.or_else(|| module_name(reader)),
            "component-name" => name = name.or_else(|| component_name(reader)),
            _ => add(&mut producers, reader).unwrap_or_default(),
        }
    }
    (name, producers)
}

fn module_name(reader: BinaryReader<'_>) -> Option<String> {
    NameSectionReader::new(reader).map_while(Result::ok).find_map(|name| match name {
        Name::Module { name, .. } => Some(cut(name)),
        _ => None,
    })
}

fn component_name(reader: BinaryReader<'_>) -> Option<String> {
    ComponentNameSectionReader::new(reader).map_while(Result::ok).find_map(|name| match name {
        ComponentName::Component { name, .. } => Some(cut(name)),
        _ => None,
    })
}

fn add(producers: &mut Vec<Producer>, reader: BinaryReader<'_>) -> Result<(), wasmparser::Error> {
    for field in ProducersSectionReader::new(reader)? {
        let field = field?;
        for value in field.values {
            let value = value?;
            let producer = Producer { field: cut(field.name), name: cut(value.name), version: cut(value.version) };
            if producers.len() == PRODUCERS {
                return Ok(());
            }
            if !producers.contains(&producer) {
                producers.push(producer);
            }
        }
    }
    Ok(())
}

fn cut(text: &str) -> String {
    text.chars().take(NAME).collect()
}
