//! What the instance has allocated and not given back: a leak shows here to the byte, where linear memory grows by pages and by how its pieces lie.
#![expect(unsafe_code, reason = "an allocator's functions are unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

#[global_allocator]
static COUNTED: Counted = Counted { live: AtomicUsize::new(0) };

/// The bytes that are allocated now.
pub fn live() -> usize {
    COUNTED.live.load(Relaxed)
}

/// The system's allocator, and how much of it is in use.
struct Counted {
    live: AtomicUsize,
}

// SAFETY: every call is the system allocator's, with the arguments as they came; the counter allocates nothing.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.live.fetch_add(layout.size(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        self.live.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.live.fetch_add(size, Relaxed);
        self.live.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(at, layout, size) }
    }
}
