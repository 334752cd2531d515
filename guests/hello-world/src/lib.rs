//! The shortest `http-handler`: greets by the name in the query.

wit_bindgen::generate!({ path: "../../wit", world: "http-handler" });

use edge::runtime::logging;

struct HelloWorld;

impl Guest for HelloWorld {
    fn handle(request: Request) -> Result<Response, String> {
        let query = request.uri.split_once('?').map_or("", |(_, query)| query);
        let name = query.split('&').find_map(|pair| pair.strip_prefix("name=")).unwrap_or("world");
        logging::info(&format!("greeting {name}"));
        Ok(Response {
            status: 200,
            headers: vec![("content-type".into(), "text/plain; charset=utf-8".into())],
            body: format!("Hello, {name}!\n").into_bytes(),
        })
    }
}

export!(HelloWorld);
