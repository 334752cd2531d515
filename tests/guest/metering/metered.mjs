// A host of metered modules, as docs/metering.md describes it, for the tests.

export const DEFAULT_STACK = 40_000;
/** More fuel than any test needs. */
export const PLENTY = 1n << 60n;
/** More pages than any memory may have. */
const ALL_PAGES = 65_536;

/** The globals that instances of role Sharer have in common. */
export function sharedState() {
  const i32 = () => new WebAssembly.Global({ value: "i32", mutable: true }, 0);
  return {
    fuel: new WebAssembly.Global({ value: "i64", mutable: true }, 0n),
    stack: i32(),
    pages: i32(),
    dirty: i32(),
  };
}

/** Of an instance of role Owner: the globals that it defines. */
export function ownState(instance) {
  const { exports } = instance;
  return {
    fuel: exports["hashi:fuel"],
    stack: exports["hashi:stack"],
    pages: exports["hashi:pages"],
    dirty: exports["hashi:dirty"],
  };
}

/** Sets the limits as before a call. */
export function arm(state, { fuel = PLENTY, stack = DEFAULT_STACK, pages = ALL_PAGES } = {}) {
  state.fuel.value = fuel;
  state.stack.value = stack;
  state.pages.value = pages;
}

/** Why the platform ended a call, if it did. */
export function ended(state) {
  if (state.fuel.value < 0n) return "fuel";
  if (state.stack.value < 0) return "stack";
  return undefined;
}

/** Instantiates a metered module and runs its start function, with limits. */
export function start(module, imports, shared, limits) {
  const instance = new WebAssembly.Instance(module, shared ? { ...imports, hashi: shared } : imports);
  const state = shared ?? ownState(instance);
  arm(state, limits);
  instance.exports["hashi:start"]?.();
  return { instance, state };
}
