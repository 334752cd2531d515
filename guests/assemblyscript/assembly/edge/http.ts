// edge:runtime/http-types and edge:runtime/http-outbound
import { liftBytes, liftString, lowerBytes, lowerString, utf8 } from "./abi";

export enum Method { Get, Head, Post, Put, Delete, Patch, Options }

export enum HttpError {
  PermissionDenied, Timeout, DnsError, ConnectionFailed, TlsError, BodyTooLarge, RateLimited, Other,
}

export class Header {
  constructor(public name: string, public value: string) {}
}

/** Pointer and count of a list of headers in memory. */
class Lowered {
  constructor(public pointer: usize, public count: i32) {}
}

function lowerHeaders(headers: Header[]): Lowered {
  const pointer = heap.alloc(headers.length * 16);
  for (let index = 0; index < headers.length; index++) {
    lowerString(pointer + index * 16, headers[index].name);
    lowerString(pointer + index * 16 + 8, headers[index].value);
  }
  return new Lowered(pointer, headers.length);
}

function liftHeaders(pointer: usize, count: i32): Header[] {
  const headers = new Array<Header>();
  for (let index = 0; index < count; index++) {
    const at = pointer + index * 16;
    headers.push(new Header(liftString(load<usize>(at), load<usize>(at, 4)), liftString(load<usize>(at, 8), load<usize>(at, 12))));
  }
  return headers;
}

export class Request {
  method: Method = Method.Get;
  uri: string = "";
  headers: Header[] = [];
  body: Uint8Array | null = null;
  /** Milliseconds; below 0 for none. */
  timeout: i64 = -1;

  /** The first header of that name, in lower case. */
  header(name: string): string | null {
    for (let index = 0; index < this.headers.length; index++) {
      if (this.headers[index].name == name) return this.headers[index].value;
    }
    return null;
  }

  /** From the ten numbers that a request is as parameters of a function. */
  static lift(
    method: i32, uri: usize, uriLength: usize, headers: usize, headerCount: i32,
    hasBody: i32, body: usize, bodyLength: usize, hasTimeout: i32, timeout: u32,
  ): Request {
    const request = new Request();
    request.method = method;
    request.uri = liftString(uri, uriLength);
    request.headers = liftHeaders(headers, headerCount);
    if (hasBody) request.body = liftBytes(body, bodyLength);
    if (hasTimeout) request.timeout = timeout;
    return request;
  }
}

export class Response {
  headers: Header[] = [];
  body: Uint8Array = new Uint8Array(0);

  constructor(public status: u16) {}

  /** An answer of plain text. */
  static text(status: u16, text: string): Response {
    const response = new Response(status);
    response.headers.push(new Header("content-type", "text/plain; charset=utf-8"));
    response.body = Uint8Array.wrap(utf8(text));
    return response;
  }

  /** Reads the record at a place in memory. */
  static lift(at: usize): Response {
    const response = new Response(load<u16>(at));
    response.headers = liftHeaders(load<usize>(at, 4), load<i32>(at, 8));
    response.body = liftBytes(load<usize>(at, 12), load<usize>(at, 16));
    return response;
  }

  /** Writes the record to a place in memory. */
  lower(at: usize): void {
    const headers = lowerHeaders(this.headers);
    store<u16>(at, this.status);
    store<usize>(at, headers.pointer, 4);
    store<i32>(at, headers.count, 8);
    lowerBytes(at + 12, this.body);
  }
}

/** What a handler gives: an answer, or the text of an error. */
export class Outcome {
  private constructor(private response: Response | null, private error: string) {}

  static ok(response: Response): Outcome {
    return new Outcome(response, "");
  }

  static err(message: string): Outcome {
    return new Outcome(null, message);
  }

  /** The address of `result<response, string>` in memory. */
  lower(): usize {
    const at = heap.alloc(24);
    const response = this.response;
    store<u8>(at, response ? 0 : 1);
    if (response) response.lower(at + 4);
    else lowerString(at + 4, this.error);
    return at;
  }
}

/** What a request to another server gives: an answer, or why there is none. */
export class Fetched {
  constructor(public response: Response | null, public error: HttpError) {}
}

@external("edge:runtime/http-outbound@0.1.0", "fetch")
declare function hostFetch(
  method: i32, uri: usize, uriLength: usize, headers: usize, headerCount: i32,
  hasBody: i32, body: usize, bodyLength: usize, hasTimeout: i32, timeout: u32, result: usize,
): void;

/** Sends a request and waits for its answer. */
export function fetch(request: Request): Fetched {
  const uri = utf8(request.uri);
  const headers = lowerHeaders(request.headers);
  const body = request.body;
  const result = heap.alloc(24);
  hostFetch(
    request.method, changetype<usize>(uri), uri.byteLength, headers.pointer, headers.count,
    body ? 1 : 0, body ? body.dataStart : 0, body ? <usize>body.byteLength : 0,
    request.timeout >= 0 ? 1 : 0, request.timeout >= 0 ? <u32>request.timeout : 0, result,
  );
  return load<u8>(result) == 0
    ? new Fetched(Response.lift(result + 4), HttpError.Other)
    : new Fetched(null, load<u8>(result, 4));
}
