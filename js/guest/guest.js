import { Context } from "./context.js";
import { classify, GuestFailure, trap } from "./failure.js";
import { lower } from "./lower.js";
import { Resources } from "./resources.js";
import { values } from "./restore.js";
import { CROSSING } from "./schedule.js";
import { transcoder } from "./transcode.js";

// Words of 8 bytes on V8's stack that nested calls may take; docs/metering.md.
const STACK = 40_000;

// Charges wait until they are worth a call into the module.
const SMALL_CHANGE = 1 << 16;

/** The instances of one bundle's core modules, and what they share: the guest, alive. Serves one call at a time. */
export class Guest {
  /** @param {import("./program.js").Program} program */
  constructor(program) {
    const { plan } = program;
    this.program = program;
    /** What the guest reaches of the host in this call. */
    this.host = undefined;
    /** The failure that ended the guest in this call. */
    this.failed = undefined;
    /** @type {((failure: unknown) => void) | undefined} */
    this.abandon = undefined;
    /**
     * Whether the guest may wait for the host where it is: only an export of this call runs, through `WebAssembly.promising`, and nothing that the
     * glue calls in between.
     */
    this.waits = false;
    /** Fuel taken but not yet charged. */
    this.owed = 0;
    /** Bytes that came out of the guest in this call, and how many may. */
    this.lifted = 0;
    this.most = 0;
    this.calls = 0;
    this.state = program.shares ? sharedState() : undefined;
    this.flags = program.components.map(() =>
      program.flagged ? new WebAssembly.Global({ value: "i32", mutable: true }, 1) : { value: 1 },
    );
    this.resources = plan.resources ? new Resources(this, plan) : undefined;
    this.contexts = plan.contexts.map((context) => new Context(this, context));
    /** @type {Record<string, any>[]} */
    this.exports = [];
    this.lowered = program.lowered.map((import_) => lower(this, import_));
    this.transcoders = plan.transcoders.map((plan) => transcoder(this, plan));
    for (const instance of plan.instances) {
      const { exports } = new WebAssembly.Instance(program.modules[instance.module], this.imports(instance.imports));
      this.exports.push(exports);
    }
    plan.contexts.forEach(({ memory, realloc }, i) => {
      const context = this.contexts[i];
      if (memory) context.memory = this.at(memory);
      if (realloc) context.realloc = this.at(realloc);
      context.refresh();
    });
    this.functions = plan.exports.map((export_) => this.at(export_.function));
    this.postReturns = plan.exports.map((export_) => export_.post_return && this.at(export_.post_return));
    this.promising = [];
    const owner = this.exports[program.owner];
    const { state } = this;
    this.fuel = state ? state.fuel : owner["hashi:fuel"];
    this.stack = state ? state.stack : owner["hashi:stack"];
    this.pages = state ? state.pages : owner["hashi:pages"];
    this.dirty = state ? state.dirty : owner["hashi:dirty"];
    this.take = owner["hashi:charge"];
    this.memories = this.exports.flatMap((exports) => reserved(exports, "hashi:memory:"));
    this.bytes = this.size();
    /** @type {{ global: WebAssembly.Global, value: unknown }[]} */
    this.globals = [];
    /** Whether a call has changed it since it was made or restored. */
    this.used = false;
    /** Whether it can be restored, as far as its beginning tells. */
    this.held = false;
  }

  /** Remembers the globals as they are, so that they can be restored; false where that can't be. */
  hold() {
    const globals = values(this.exports.flatMap((exports) => reserved(exports, "hashi:global:")));
    if (globals) this.globals = globals;
    this.held = globals !== undefined;
    return this.held;
  }

  at([instance, name]) {
    return this.exports[instance][name];
  }

  imports(wanted) {
    const imports = Object.create(null);
    if (this.state) imports.hashi = this.state;
    for (const [module, name, definition] of wanted) {
      imports[module] ??= Object.create(null);
      imports[module][name] = this.definition(definition);
    }
    return imports;
  }

  definition(definition) {
    const { export: place, lowered, flags, transcoder, trap: reason } = definition;
    if (place !== undefined) return this.at(place);
    if (lowered !== undefined) return this.lowered[lowered];
    if (flags !== undefined) return this.flags[flags];
    if (transcoder !== undefined) return this.transcoders[transcoder];
    if (reason !== undefined) return () => this.fail(trap("adapter", reason));
    return /** @type {Resources} */ (this.resources).definition(definition);
  }

  /** Bytes in all memories. */
  size() {
    let size = 0;
    for (const memory of this.memories) size += memory.buffer.byteLength;
    return size;
  }

  /** Gives the guest what a call may use. `used` is fuel that its start had cost. */
  begin({ host, fuel, pages, most }, used) {
    this.host = host;
    this.failed = undefined;
    this.waits = false;
    this.owed = 0;
    this.lifted = 0;
    this.most = most;
    this.fuel.value = BigInt(fuel - used);
    this.stack.value = STACK;
    this.pages.value = Math.max(0, pages - this.bytes / 65536);
  }

  /** Runs the start functions, in the order of the instances. */
  start() {
    for (const exports of this.exports) exports["hashi:start"]?.();
  }

  /** Fuel left, below zero if there wasn't enough. */
  left() {
    return Number(this.fuel.value);
  }

  /** Takes fuel for the host's work on behalf of the guest. */
  charge(fuel) {
    this.owed += fuel;
    if (this.owed > SMALL_CHANGE) this.pay();
  }

  /** Charges what is owed; traps like the module itself where it isn't there. */
  pay() {
    let { owed } = this;
    this.owed = 0;
    for (; owed > 0x7fffffff; owed -= 0x7fffffff) this.take(0x7fffffff);
    if (owed > 0) this.take(owed);
  }

  /** The guest calls out: not while it allocates. */
  leaving(cx) {
    if (cx.leave.value === 0)
      this.fail(trap("cannot_leave", "a call out of the guest from its allocator or post-return"));
    this.calls += 1;
    this.charge(CROSSING);
  }

  /**
   * Rejects when the call ends while the guest waits: the wait ends with it. V8 would keep a stack that is left suspended for ever, and all of the guest
   * with it.
   *
   * @returns {Promise<never>}
   */
  abandoned() {
    return new Promise((_, reject) => {
      this.abandon = reject;
    });
  }

  /**
   * Records a failure and ends the guest: with a trap, which no code of the guest can catch. One that caught exceptions of the host in a loop
   * would cost far more time than it pays for.
   */
  fail(failure) {
    this.failed ??= failure;
    const { value } = this.fuel;
    this.fuel.value = -1n;
    let trap;
    try {
      this.take(0);
    } catch (error) {
      trap = error;
    }
    this.fuel.value = value;
    throw trap;
  }

  /** Why the call failed that threw `thrown`: the limits first, then what was recorded, then the guest's own trap. */
  why(thrown) {
    if (this.left() < 0) return new GuestFailure("fuel_exhausted", "the call used up its fuel");
    if (this.stack.value < 0) return new GuestFailure("call_depth_exceeded", "calls nested too deep");
    const first = this.failed ?? thrown;
    return first === undefined ? undefined : classify(first);
  }
}

/** The values of the exports whose names begin with `prefix`. */
export function reserved(exports, prefix) {
  return Object.keys(exports)
    .filter((name) => name.startsWith(prefix))
    .map((name) => exports[name]);
}

function sharedState() {
  return {
    fuel: new WebAssembly.Global({ value: "i64", mutable: true }, 0n),
    stack: new WebAssembly.Global({ value: "i32", mutable: true }, 0),
    pages: new WebAssembly.Global({ value: "i32", mutable: true }, 0),
    dirty: new WebAssembly.Global({ value: "i32", mutable: true }, 0),
  };
}
