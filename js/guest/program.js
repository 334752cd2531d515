import { edge } from "./edge.js";
import { classify, GuestFailure, refused } from "./failure.js";
import { Pool } from "./pool.js";
import { CROSSING } from "./schedule.js";
import { CoreSignature, Signature } from "./signature.js";
import { makeTypes } from "./types/index.js";

// How many used instances wait for the next call.
const KEEP = 4;

// How many names a message holds: a module may have a thousand long ones.
const LISTED = 12;

/**
 * What a call brings along and may use.
 *
 * @typedef {object} Call
 * @property {import("./edge.js").Host} [host]  what the guest reaches; without it, an import that is called fails
 * @property {number} [fuel]     at most (default 1e9)
 * @property {number} [pages]    of 64 KiB, in all memories (default 256)
 * @property {number} [most]     bytes that may come out of the guest (default 32 MiB)
 * @property {number} [timeout]  milliseconds while the guest waits for the host (default: none)
 * @property {(end: () => void) => void} [leaving] of a call that may wait: is handed a function that ends it, for when nobody wants its outcome any more
 *
 * @typedef {object} Outcome
 * @property {unknown} value     what the export returned; of a `result`, what `ok` carries
 * @property {number} fuel       used
 * @property {number} memory     bytes that the guest had in the end
 * @property {"fresh" | "restored"} instance
 */

const same = (value) => value;

/** What comes out, as it is. */
const AS_IT_IS = { value: same, error: same };

/** A bundle, ready to be called; one for each isolate. */
export class Program {
  /**
   * @param {{ plan: any }} manifest
   * @param {WebAssembly.Module[]} modules in the order of the manifest's files
   * @param {{ interfaces?: Record<string, Record<string, Function>>, keep?: number }} [options]
   *   `interfaces`: the host's functions, if not those of edge:runtime; `keep`: used instances that wait, 0 for a fresh one each time
   */
  constructor({ plan }, modules, { interfaces = edge, keep = KEEP } = {}) {
    this.plan = plan;
    this.modules = modules;
    const types = makeTypes(plan.types);
    this.exports = plan.exports.map((export_) => ({
      signature: export_.results
        ? new CoreSignature(export_.params, types)
        : new Signature(export_.params, export_.result, types),
      context: export_.context,
      suspends: export_.suspends,
    }));
    this.names = new Map(plan.exports.map(({ interface: of, name }, index) => [called([of, name]), index]));
    // Bundles that say no reason are from before there was another one.
    const why = (reason) => reason ?? "passes a resource, which no call from outside can";
    this.uncallable = new Map((plan.uncallable ?? []).map(([of, name, reason]) => [called([of, name]), why(reason)]));
    this.lowered = plan.lowered.map(({ interface: of, name, params, result, context, suspends }) => {
      const call = interfaces[of]?.[name];
      if (!call) throw new GuestFailure("unknown_import", `the host has no \`${name}\` in \`${of}\``);
      return { signature: new Signature(params, result, types), context, suspends, call };
    });
    this.components = new Array(1 + Math.max(0, ...parts(plan), ...flags(plan))).fill(0);
    this.flagged = flags(plan).length > 0;
    this.shares = modules.some((module) =>
      WebAssembly.Module.imports(module).some((import_) => import_.module === "hashi"),
    );
    const charges = (module) => WebAssembly.Module.exports(module).some(({ name }) => name === "hashi:charge");
    this.owner = plan.instances.findIndex(({ module }) => charges(modules[module]));
    this.starts = modules.some((module) =>
      WebAssembly.Module.exports(module).some(({ name }) => name === "hashi:start"),
    );
    this.pool = new Pool(this, keep);
  }

  /**
   * Calls an export: a function of the world by its name, one of an interface as `interface#name`.
   *
   * @param {string} name
   * @param {unknown[]} args values as docs/bundles.md says for each type
   * @param {Call} [call]
   * @param {{ value: (value: any) => unknown, error: (payload: any) => unknown }} [as] what is made of the value that comes out, or of the guest's own error
   * @returns {Outcome | Promise<Outcome>} a promise if the guest may wait for the host
   * @throws {GuestFailure} also as the promise's rejection
   */
  call(name, args, call = {}, as = AS_IT_IS) {
    const { fuel = 1e9, pages = 256, most = 32 * 1024 * 1024, host, timeout, leaving } = call;
    const index = this.names.get(name);
    if (index === undefined) throw new GuestFailure("export_not_found", this.missing(name));
    const run = new Run(this, index, fuel, as);
    if (!this.exports[index].suspends) {
      try {
        run.begin({ fuel, pages, most, host });
        return run.end(run.enter(args));
      } catch (thrown) {
        throw run.failure(thrown);
      }
    }
    leaving?.(() => run.leave());
    return run.wait(args, { fuel, pages, most, host }, timeout);
  }

  /** Restores the instances that wait, ahead of the next call. */
  tidy() {
    this.pool.tidy();
  }

  missing(name) {
    const why = this.uncallable.get(name);
    if (why === undefined) return `no export \`${name}\`; there are ${this.listed()}`;
    return `\`${name}\` ${why}; export a function over plain values that uses it; there are ${this.listed()}`;
  }

  listed() {
    const names = [...this.names.keys()];
    const first = names.slice(0, LISTED).map((name) => `\`${name.length > 80 ? `${name.slice(0, 80)}…` : name}\``);
    const more = names.length - first.length;
    return names.length === 0 ? "none" : `${first.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  }
}

/** One call. */
class Run {
  constructor(program, index, fuel, as) {
    this.program = program;
    this.index = index;
    this.limit = fuel;
    this.as = as;
    /** @type {import("./guest.js").Guest | undefined} */
    this.guest = undefined;
    /** @type {"fresh" | "restored"} */
    this.instance = "fresh";
    this.over = false;
    /** @type {GuestFailure | undefined} */
    this.failed = undefined;
  }

  /** Takes an instance and gives it the call's limits. */
  begin(call) {
    this.program.pool.take(call, (guest, how) => {
      this.guest = guest;
      this.instance = how;
    });
  }

  /** Lowers the arguments and calls the function. */
  enter(args) {
    const { guest, index, program } = this;
    const { signature, context } = program.exports[index];
    const cx = guest.contexts[context];
    guest.charge(CROSSING);
    const flat = signature.lowerParams(cx, args);
    guest.pay();
    return guest.functions[index](...flat);
  }

  async wait(args, call, timeout) {
    try {
      this.begin(call);
      const { guest, index, program } = this;
      const { signature, context } = program.exports[index];
      guest.charge(CROSSING);
      const flat = signature.lowerParams(guest.contexts[context], args);
      guest.pay();
      guest.promising[index] ??= WebAssembly.promising(guest.functions[index]);
      const function_ = guest.promising[index];
      guest.waits = true;
      const returned = await (timeout === undefined ? function_(...flat) : within(timeout, function_(...flat)));
      guest.waits = false;
      return this.end(returned);
    } catch (thrown) {
      throw this.failure(thrown);
    }
  }

  /** Lifts the result and lets go of the instance. */
  end(returned) {
    this.over = true;
    const { guest, index, program } = this;
    const { signature, context } = program.exports[index];
    const cx = guest.contexts[context];
    const value = signature.liftResult(cx, returned);
    guest.pay();
    const postReturn = guest.postReturns[index];
    if (postReturn) {
      cx.leave.value = 0;
      if (signature.result === undefined) postReturn();
      else postReturn(returned);
      cx.leave.value = 1;
    }
    const failure = guest.why(undefined);
    if (failure) throw failure;
    const fuel = this.limit - guest.left();
    const spent = { fuel, memory: guest.size(), instance: this.instance };
    const err = signature.fallible && value.tag === "err";
    const made = err ? this.as.error(value.val) : this.as.value(signature.fallible ? value.val : value);
    guest.host = undefined;
    // Of a guest's own error too: its instance is as good as any.
    program.pool.give(guest);
    // The host may hold what ends a call long after it.
    this.guest = undefined;
    if (err) throw Object.assign(refused(made), spent);
    return { value: made, ...spent };
  }

  /** Ends the call while its guest waits, which is never resumed. */
  leave() {
    if (!this.over) this.failure(new GuestFailure("client_left", "the client left"));
  }

  /** What `thrown` means, with what the call had used. */
  failure(thrown) {
    this.over = true;
    if (thrown instanceof GuestFailure && thrown.code === "guest_error") return thrown;
    const { guest } = this;
    if (this.failed || !guest) return this.failed ?? classify(thrown);
    // The instance is not used again: who knows where it stopped.
    const failure = /** @type {GuestFailure} */ (guest.why(thrown));
    failure.fuel = this.limit - Math.max(0, guest.left());
    failure.memory = guest.size();
    failure.instance = this.instance;
    guest.failed ??= failure;
    guest.abandon?.(failure);
    guest.host = undefined;
    this.failed = failure;
    this.guest = undefined;
    return failure;
  }
}

/** `promise`, or a failure after so many milliseconds; the guest is never resumed then. */
function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    const failure = new GuestFailure("execution_timeout", `the call took longer than ${milliseconds} ms`);
    timer = setTimeout(() => reject(failure), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** What a call names an export: by its interface too, where it is of one. */
function called([of, name]) {
  return of === "" ? name : `${of}#${name}`;
}

/** The parts of a composed component whose functions are called, or that have resources. */
function parts({ contexts, handles = [] }) {
  return [...contexts, ...handles].map((of) => of?.component ?? 0);
}

/** The parts that adapters know by their flags. */
function flags({ instances }) {
  return instances.flatMap(({ imports }) =>
    imports.map(([, , { flags }]) => flags).filter((flag) => flag !== undefined),
  );
}
