//! The exports. The host calls `room`, writes the upload there, calls `run`, and reads the parts of the answer.
#![expect(unsafe_code, reason = "exports and imports of a WebAssembly module have names without Rust's mangling")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashi_guest::PlatformLimits;

use crate::Answer;

static UPLOAD: Mutex<(Vec<u8>, usize)> = Mutex::new((Vec::new(), 0));
static ANSWER: Mutex<Answer> = Mutex::new(Answer { parts: Vec::new() });

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// Takes the text of a panic, after which the instance traps.
    fn died(text: *const u8, length: usize);
}

/// Room for an upload of so many bytes; null where that is more than the platform takes, which `run` then says.
#[unsafe(no_mangle)]
extern "C" fn room(length: usize) -> *mut u8 {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string();
        // SAFETY: the host reads these bytes before it returns.
        unsafe { died(text.as_ptr(), text.len()) }
    }));
    let mut upload = held(&UPLOAD);
    upload.1 = length;
    if length > PlatformLimits::default().module_bytes as usize {
        return std::ptr::null_mut();
    }
    upload.0 = vec![0; length];
    upload.0.as_mut_ptr()
}

/// Prepares the upload; gives the number of the answer's parts.
#[unsafe(no_mangle)]
extern "C" fn run() -> usize {
    let (bytes, length) = std::mem::take(&mut *held(&UPLOAD));
    let answer = crate::answer(bytes, length as u64);
    let count = answer.parts.len();
    *held(&ANSWER) = answer;
    count
}

/// Where a part of the answer lies.
#[unsafe(no_mangle)]
extern "C" fn part_at(index: usize) -> *const u8 {
    held(&ANSWER).parts.get(index).map_or(std::ptr::null(), |part| part.as_ptr())
}

/// How many bytes a part of the answer has.
#[unsafe(no_mangle)]
extern "C" fn part_length(index: usize) -> usize {
    held(&ANSWER).parts.get(index).map_or(0, Vec::len)
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic ends the instance: nobody is there to see it poisoned.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
