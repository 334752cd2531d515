// Bodies that pass through, from a client to an upstream or back, and end when one side keeps the other waiting too long.

/** Why a stream was ended: its name is what Rust tells apart, see src/bridge/fetch.rs. */
export function late(name, message) {
  return new DOMException(message, name);
}

/** Calls `give` once the wait that `begin` began last has taken `ms`; between `pause` and `begin` nobody waits. */
export function patience(ms, give) {
  let since = Date.now();
  let timer = setTimeout(look, ms);
  function look() {
    const left = since === undefined ? ms : since + ms - Date.now();
    if (left <= 0) give();
    else timer = setTimeout(look, left);
  }
  return {
    begin() {
      since = Date.now();
    },
    pause() {
      since = undefined;
    },
    stop: () => clearTimeout(timer),
  };
}

// Left to itself the host gives 4 KiB at a time, which costs 14 ms of CPU for each MB.
const PIECE_BYTES = 65536;

/**
 * Writes what `source` gives to `sink`, at most `most` bytes at a time. `waits(forSource)` is called whenever a wait for the source or for the sink
 * begins; `done` is settled when there is nothing left to write, and `end(error)` breaks off both sides.
 */
function pump(source, sink, most, waits) {
  const [reader, writer] = [source.getReader({ mode: "byob" }), sink.getWriter()];
  // Either side may have broken off by itself.
  const end = (error) => Promise.allSettled([reader.cancel(error), writer.abort(error)]);
  async function run() {
    // The same bytes again and again: they are free once the sink has them.
    let room = new Uint8Array(most);
    try {
      for (;;) {
        waits(true);
        const { done, value } = await reader.read(room);
        waits(false);
        if (done) return await writer.close();
        await writer.write(value);
        room = new Uint8Array(value.buffer);
      }
    } catch (error) {
      await end(error);
    }
  }
  // Where the taker leaves while the source gives nothing, nothing but this tells.
  writer.closed.catch((error) => reader.cancel(error)).catch(() => {});
  return { done: run(), end };
}

/** What `begin(waits)` gives, which is a pump's, ended once its source gives nothing for `idleMs` while it is wanted. */
function unlessIdle(idleMs, begin) {
  const idle = patience(idleMs, () => pumping.end(late("TimeoutError", "the upstream sent nothing more")));
  const pumping = begin((forSource) => (forSource ? idle.begin() : idle.pause()));
  pumping.done.finally(idle.stop);
  return pumping;
}

/** The same bytes as `source`, of which there are `length` if that is known, as `readable`; the rest is as for a pump. */
export function pass(source, length, waits) {
  const { readable, writable } = length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
  return { readable, ...pump(source, writable, Math.min(length ?? PIECE_BYTES, PIECE_BYTES) || 1, waits) };
}

/** The same, as a stream that is broken off once `source` gives nothing for `idleMs` while it is wanted. */
export function passOn(source, length, idleMs) {
  return unlessIdle(idleMs, (waits) => pass(source, length, waits)).readable;
}

/** Writes all that `source` gives to `sink`, which is aborted once nothing comes for `idleMs`. */
export function drain(source, sink, idleMs) {
  unlessIdle(idleMs, (waits) => pump(source, sink, PIECE_BYTES, waits));
}
