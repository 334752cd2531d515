//! A statement's text, and what is known of it.

use std::cell::RefCell;
use std::rc::Rc;

use crate::failure::Failure;
use crate::statement::Facts;

/// The text of one statement; clones share it.
#[derive(Clone, Debug)]
pub struct Sql(Rc<Text>);

#[derive(Debug)]
struct Text {
    text: Box<str>,
    /// What was last known of it, and in which generation of the schema.
    known: RefCell<Option<(u64, Rc<Facts>)>>,
}

impl Sql {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// What is known of it in a generation of the schema; `learn` finds it out.
    pub(crate) fn facts(
        &self,
        generation: u64,
        learn: impl FnOnce(&str) -> Result<Rc<Facts>, Failure>,
    ) -> Result<Rc<Facts>, Failure> {
        if let Some((of, facts)) = &*self.0.known.borrow()
            && *of == generation
        {
            return Ok(facts.clone());
        }
        let facts = learn(self.as_str())?;
        *self.0.known.borrow_mut() = Some((generation, facts.clone()));
        Ok(facts)
    }
}

impl<T: Into<Box<str>>> From<T> for Sql {
    fn from(text: T) -> Self {
        Self(Rc::new(Text { text: text.into(), known: RefCell::new(None) }))
    }
}

impl PartialEq for Sql {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
