//! How a call names its statement: by its text, or by a number under which the text was kept.

use crate::failure::{Code, Failure};
use crate::leader::Leader;
use crate::ledger::ClientId;
use crate::sql::Sql;

/// How many texts are kept for a client, under the numbers from 0 on.
pub const NUMBERS: u32 = 256;

/// Bytes of a text that is kept under a number, at most.
pub const LONGEST: usize = 4096;

/// How a call says which statement it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its text.
    Text(String),
    /// By its text, which is to be kept under a number: another text under that number is forgotten.
    Kept(String, u32),
    /// By the number under which its text is kept.
    Number(u32),
}

impl Leader {
    /// The statement that a client's call means. Texts are kept for a client until it connects anew.
    ///
    /// # Errors
    /// [`Code::UnknownStatement`] if no text is kept under the number: the call can be sent with its text.
    /// [`Code::Parameter`] if a text can't be kept under the number.
    pub fn statement_of(&mut self, client: ClientId, named: Named) -> Result<Sql, Failure> {
        let kept = self.sessions.get_mut(&client).map(|session| &mut session.statements);
        match named {
            Named::Text(text) => Ok(text.into()),
            Named::Number(number) => kept
                .and_then(|kept| kept.get(number as usize).cloned().flatten())
                .ok_or_else(|| Failure::new(Code::UnknownStatement, format!("no statement is kept under {number}"))),
            Named::Kept(_, number) if number >= NUMBERS => {
                let what = format!("statements are kept under the numbers 0 to {}, not {number}", NUMBERS - 1);
                Err(Failure::new(Code::Parameter, what))
            }
            Named::Kept(text, _) if text.len() > LONGEST => {
                let what = format!("a text of {} bytes goes without a number: {LONGEST} are kept", text.len());
                Err(Failure::new(Code::Parameter, what))
            }
            Named::Kept(text, number) => {
                let sql = Sql::from(text);
                if let Some(kept) = kept {
                    let at = number as usize;
                    if kept.len() <= at {
                        kept.resize(at + 1, None);
                    }
                    kept[at] = Some(sql.clone());
                }
                Ok(sql)
            }
        }
    }
}
