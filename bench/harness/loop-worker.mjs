// Calls a contender's own handler in a loop inside its isolate: what a request costs without HTTP.

/**
 * The handlers of a Worker whose requests each run many calls of `worker`. The body is JSON: `url`, `init` (what the
 * Request is made of), `calls`, and `drain` (read each answer's body, where it would otherwise keep a connection).
 */
export function looped(worker) {
  return {
    async fetch(request, env, context) {
      const { url, init, calls, drain } = await request.json();
      for (let call = 0; call < calls; call++) {
        const response = await worker.fetch(new Request(url, init), env, context);
        if (response.status !== 200) return response;
        if (drain) await response.arrayBuffer();
      }
      return new Response(`${calls}`);
    },
  };
}
