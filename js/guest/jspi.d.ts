// JavaScript Promise Integration, which TypeScript's own declarations don't have yet: https://github.com/WebAssembly/js-promise-integration
declare namespace WebAssembly {
  class Suspending {
    constructor(call: (...args: never[]) => unknown);
  }
  function promising(call: (...args: never[]) => unknown): (...args: unknown[]) => Promise<unknown>;
  class SuspendError extends Error {}
}
