/**
 * Waits until a URL answers, with a status that `accept` takes. Resolves to undefined, or to what was last seen when
 * the time is up.
 * @param {string} url
 * @param {{ accept?: (status: number) => boolean, timeout?: number, signal?: AbortSignal }} options
 */
export async function answers(url, { accept = () => true, timeout = 60000, signal } = {}) {
  const limit = Date.now() + timeout;
  let last = "no connection";
  while (Date.now() < limit && !signal?.aborted) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(10000) });
      const text = await response.text();
      if (accept(response.status)) return undefined;
      last = `${response.status} ${text.slice(0, 300)}`;
    } catch (error) {
      last = error.cause?.code ?? error.message;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return last;
}
