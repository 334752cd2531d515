// The shim's own log lines, in the form that Rust's have: src/telemetry/log.

let readable = false;

/** Takes the form of lines from the variable `LOG_FORMAT`. */
export function formatAs(env) {
  readable = env.LOG_FORMAT === "readable";
}

/** Logs what went wrong with the request `id`, or, where it is that of no single one, in the isolate whose ids begin with it. */
export function logError(id, message, error) {
  const reason = error === undefined ? undefined : String(error);
  if (readable) console.error(`ERROR shim: ${message}${reason ? ` error=${reason}` : ""} [${id}]`);
  else console.error(JSON.stringify({ level: "error", target: "shim", request_id: id, message, error: reason }));
}
