// The worker's side of remote.mjs.

/** Answers the page's calls with `calls`, one after the other. */
export function answer(calls) {
  let turn = Promise.resolve();
  self.onmessage = ({ data: { id, name, values } }) => {
    turn = turn.then(async () => {
      try {
        self.postMessage({ id, value: await calls[name](...values) });
      } catch (error) {
        self.postMessage({ id, error: String(error?.message ?? error) });
      }
    });
  };
}
