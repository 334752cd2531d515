//! A module that comes as a form.

use std::cell::OnceCell;
use std::rc::Rc;

use futures_util::stream;

use crate::bridge::extract::ExtractBody;
use crate::bridge::host_body::HostBody;
use crate::bridge::multipart::{Multipart, Part};
use crate::bridge::stream::StreamError;
use crate::bridge::{ByteStream, Kind, Problem, Request};

/// What a form may have beside the module: its boundaries and headers, and a short field.
pub(super) const FORM_BYTES: u64 = 64 * 1024;

/// A form up to its module, which comes as it is read.
pub(super) struct ModuleForm {
    /// The part `file`. It breaks off if the form turns out to be none, or says afterwards what it has to say before.
    pub(super) file: HostBody,
    /// The part `sha256`.
    pub(super) sha256: Option<String>,
    /// Why `file` broke off, if the form is to blame.
    pub(super) refused: Rc<OnceCell<Problem>>,
}

impl ModuleForm {
    /// Reads a form as far as its module.
    pub(super) async fn read(request: Request) -> Result<ModuleForm, Problem> {
        let mut parts = Multipart::extract_body(request).await?;
        let mut sha256 = None;
        while let Some(part) = parts.next().await? {
            match part.name() {
                Some("file") => {
                    let refused = Rc::new(OnceCell::new());
                    let file = HostBody::of(pieces(part, parts, Rc::clone(&refused)));
                    let file = file.map_err(|_| Problem::new(Kind::INTERNAL))?;
                    return Ok(ModuleForm { file, sha256, refused });
                }
                Some("sha256") if sha256.is_some() => return Err(invalid("the form has two parts named sha256")),
                Some("sha256") => {
                    let bytes = part.bytes(FORM_BYTES as usize).await?;
                    sha256 = Some(String::from_utf8_lossy(&bytes).trim().to_owned());
                }
                _ => drop(part.bytes(FORM_BYTES as usize).await?),
            }
        }
        Err(invalid("the form has no part named file; send the module in it"))
    }
}

fn invalid(detail: &'static str) -> Problem {
    Problem::new(Kind::INVALID_BODY).with_detail(detail)
}

/// The pieces of `file`, which end once the whole form has been read.
fn pieces(file: Part, parts: Multipart, refused: Rc<OnceCell<Problem>>) -> ByteStream {
    ByteStream::new(stream::unfold(Some((file, parts, refused)), |state| async {
        let (mut file, mut parts, refused) = state?;
        let next = match file.chunk().await {
            Ok(Some(piece)) => return Some((Ok(piece), Some((file, parts, refused)))),
            Ok(None) => {
                drop(file);
                rest(&mut parts).await
            }
            Err(problem) => Err(problem),
        };
        let problem = next.err()?;
        let error = StreamError::from(&problem);
        let _ = refused.set(problem);
        Some((Err(error), None))
    }))
}

/// Reads what comes after the module: nothing that a client could take for heard.
async fn rest(parts: &mut Multipart) -> Result<(), Problem> {
    while let Some(part) = parts.next().await? {
        match part.name() {
            Some("file") => return Err(invalid("the form has two parts named file; send one module at a time")),
            Some("sha256") => {
                return Err(invalid("sha256 came after file; send it before, or in the query as ?sha256="));
            }
            _ => drop(part.bytes(FORM_BYTES as usize).await?),
        }
    }
    Ok(())
}
