//! Uses the resource that the shelf defines.
#![allow(missing_docs, unsafe_code, clippy::all, reason = "bindings are generated")]

wit_bindgen::generate!({ path: ["../../../wit", "../shelf/wit"], world: "shelf:guest/reader", generate_all });

use shelf::guest::books::{Book, count, titles};

struct Reader;

impl Guest for Reader {
    fn tell(names: Vec<String>) -> (Vec<String>, u32, u32) {
        let mut books: Vec<Book> = names.iter().map(|name| Book::new(name)).collect();
        let made = count();
        // Own and borrow in one call; the first is the shelf's again.
        let first = books.remove(0);
        let bound = Book::bind(first, &books[0]);
        let mut told = titles(&books.iter().collect::<Vec<_>>());
        told.push(bound.title());
        drop(books);
        (told, made, count())
    }
}

export!(Reader);
