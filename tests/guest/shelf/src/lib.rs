//! Defines a resource, which it makes, uses and drops by handles, as other components would.
#![allow(missing_docs, unsafe_code, clippy::all, reason = "bindings are generated")]

use std::cell::Cell;

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "shelf:guest/guest", generate_all });

use edge::runtime::{http_outbound, logging};
use exports::shelf::guest::books::{Book, BookBorrow, Guest as Books, GuestBook};

thread_local! {
    static DROPPED: Cell<u32> = const { Cell::new(0) };
    static MADE: Cell<u32> = const { Cell::new(0) };
}

struct Shelf;

struct Bound {
    title: String,
}

impl Drop for Bound {
    fn drop(&mut self) {
        logging::debug(&self.title);
        DROPPED.set(DROPPED.get() + 1);
        if self.title == "waits" {
            let _ = http_outbound::get("https://example.com/");
        }
    }
}

impl GuestBook for Bound {
    fn new(title: String) -> Bound {
        MADE.set(MADE.get() + 1);
        Bound { title }
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn bind(first: Book, second: BookBorrow<'_>) -> Book {
        let title = format!("{} and {}", first.get::<Bound>().title, second.get::<Bound>().title);
        Book::new(Bound::new(title))
    }
}

impl Books for Shelf {
    type Book = Bound;

    fn titles(books: Vec<BookBorrow<'_>>) -> Vec<String> {
        books.iter().map(|book| book.get::<Bound>().title.clone()).collect()
    }

    fn count() -> u32 {
        MADE.get() - DROPPED.get()
    }
}

impl Guest for Shelf {
    fn sort_out(titles: Vec<String>) -> (Vec<String>, u32) {
        let mut books: Vec<Book> = titles.into_iter().map(|title| Book::new(Bound::new(title))).collect();
        let mut at = 0;
        books.retain(|_| {
            at += 1;
            at % 2 == 1
        });
        let titles = books.iter().map(|book| book.get::<Bound>().title.clone()).collect();
        (titles, DROPPED.get())
    }

    /// Holds a book while it waits.
    fn run() -> Result<(), String> {
        let book = Book::new(Bound::new("kept".into()));
        let body = http_outbound::get("https://example.com/").map_err(|error| format!("{error:?}"))?;
        let title = book.get::<Bound>().title.clone();
        drop(book);
        Err(format!("{title}, {} bytes, {} left", body.len(), MADE.get() - DROPPED.get()))
    }
}

export!(Shelf);
