use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};
use wit_component::StringEncoding;

use crate::Error;
use crate::{check, embed, inspect, prepare, wit};

const USAGE: &str = "\
hashi looks at guests before they are uploaded.

  hashi inspect FILE [--json]     what the module is: kind, hash, exports, imports, memories, makers
  hashi check FILE                whether the platform takes it, and if not, why
  hashi prepare FILE --out DIR    writes the bundle that the platform makes of the module
  hashi embed FILE --wit DIR --world NAME --out FILE [--string-encoding utf8|utf16]
                                  gives a core module of any language the WIT world that it is built for
  hashi wit DIR                   writes the WIT package edge:runtime into a folder
  hashi help | version

FILE is a core module or a component, in the binary or the text format.
Exit codes: 0 done, 1 refused, 2 wrong usage or a file that can't be read or written.
";

/// What the command line asks for.
pub enum Command {
    Help,
    Version,
    Inspect { file: PathBuf, json: bool },
    Check { file: PathBuf },
    Prepare(prepare::Options),
    Embed(embed::Options),
    Wit { folder: PathBuf },
}

/// Everything that can be given to any command.
#[derive(Default)]
struct Given {
    words: Vec<PathBuf>,
    json: bool,
    wit: Option<PathBuf>,
    world: Option<String>,
    out: Option<PathBuf>,
    encoding: Option<StringEncoding>,
}

impl Command {
    pub fn parse(mut parser: lexopt::Parser) -> Result<Command, Error> {
        let name = match parser.next()? {
            Some(Value(name)) => name.string()?,
            Some(Short('h') | Long("help")) => "help".into(),
            Some(Short('V') | Long("version")) => "version".into(),
            Some(other) => return Err(other.unexpected().into()),
            None => return Err(Error::Usage("a command is needed".into())),
        };
        let options: &[&str] = match name.as_str() {
            "help" => return Ok(Command::Help),
            "version" => return Ok(Command::Version),
            "check" | "wit" => &[],
            "inspect" => &["json"],
            "prepare" => &["out"],
            "embed" => &["wit", "world", "out", "string-encoding"],
            _ => return Err(Error::Usage(format!("there is no command `{name}`"))),
        };
        let mut given = Given::read(&mut parser, options)?;
        let what = if name == "wit" { "DIR" } else { "FILE" };
        let Some(file) = given.words.pop().filter(|_| given.words.is_empty()) else {
            return Err(Error::Usage(format!("`{name}` takes one {what}")));
        };
        let needed = |option: &str| Error::Usage(format!("`{name}` needs --{option}"));
        Ok(match name.as_str() {
            "inspect" => Command::Inspect { file, json: given.json },
            "check" => Command::Check { file },
            "wit" => Command::Wit { folder: file },
            "prepare" => Command::Prepare(prepare::Options { file, out: given.out.ok_or_else(|| needed("out"))? }),
            _ => Command::Embed(embed::Options {
                file,
                wit: given.wit.ok_or_else(|| needed("wit"))?,
                world: given.world.ok_or_else(|| needed("world"))?,
                out: given.out.ok_or_else(|| needed("out"))?,
                encoding: given.encoding.unwrap_or_default(),
            }),
        })
    }

    pub fn run(self) -> Result<(), Error> {
        match self {
            Command::Help => print!("{USAGE}"),
            Command::Version => println!("hashi {}", env!("CARGO_PKG_VERSION")),
            Command::Inspect { file, json } => inspect::run(&file, json)?,
            Command::Check { file } => check::run(&file)?,
            Command::Prepare(options) => prepare::run(&options)?,
            Command::Embed(options) => embed::run(&options)?,
            Command::Wit { folder } => wit::run(&folder)?,
        }
        Ok(())
    }
}

impl Given {
    /// Reads what is left of the command line; an option that the command doesn't know is an error.
    fn read(parser: &mut lexopt::Parser, options: &[&str]) -> Result<Given, Error> {
        let mut given = Given::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Value(word) => given.words.push(word.into()),
                Long(name) if !options.contains(&name) => return Err(argument.unexpected().into()),
                Long("json") => given.json = true,
                Long("wit") => given.wit = Some(parser.value()?.into()),
                Long("world") => given.world = Some(parser.value()?.string()?),
                Long("out") => given.out = Some(parser.value()?.into()),
                Long("string-encoding") => given.encoding = Some(parser.value()?.parse_with(encoding)?),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(given)
    }
}

fn encoding(name: &str) -> Result<StringEncoding, &'static str> {
    match name {
        "utf8" => Ok(StringEncoding::UTF8),
        "utf16" => Ok(StringEncoding::UTF16),
        _ => Err("strings are utf8 or utf16"),
    }
}
