//! Tells in the log when a handler was dropped before it was done.

/// Logs a line when it is dropped before [`Left::done`].
pub struct Left {
    what: &'static str,
    name: String,
    done: bool,
}

impl Left {
    /// Watches the handler that holds it.
    pub fn watch(what: &'static str, name: impl Into<String>) -> Left {
        Left { what, name: name.into(), done: false }
    }

    /// The handler came to its end.
    pub fn done(mut self) {
        self.done = true;
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        if !self.done {
            tracing::info!(what = self.what, name = self.name, "dropped");
        }
    }
}
