import { invalid, within } from "./failure.js";
import { VALUE } from "./schedule.js";
import { TupleType } from "./types/record.js";

// Canonical ABI: so many core values at most, else a pointer to them.
const MOST_PARAMS = 16;

/** How a function's parameters and result travel; made once for each isolate. */
export class Signature {
  /**
   * @param {[string, string | number][]} params
   * @param {string | number | null} result
   * @param {(type: string | number) => any} types
   */
  constructor(params, result, types) {
    this.names = params.map(([name]) => name);
    this.params = new TupleType(params.map(([, type]) => types(type)));
    this.result = result === null ? undefined : types(result);
    this.spilled = this.params.flat.length > MOST_PARAMS;
    this.indirect = this.result !== undefined && this.result.flat.length > 1;
    /** Whether the result is a `result`, whose `err` is a failure of the call. */
    this.fallible = this.result?.fallible === true;
  }

  /** Arguments as core values for an export. */
  lowerParams(cx, args) {
    const { names, params } = this;
    if (args.length !== names.length) {
      const wanted = names.length === 0 ? "no arguments" : `${names.length} (${names.join(", ")})`;
      throw invalid(`args: expected ${wanted}, got ${args.length}`);
    }
    if (this.spilled) {
      const at = cx.allocate(params.align, params.size);
      for (let i = 0; i < args.length; i++) {
        try {
          params.types[i].store(cx, args[i], at + params.at[i]);
        } catch (error) {
          throw within(`args[${i}]`, error);
        }
      }
      return [at];
    }
    const flat = new Array(params.flat.length);
    for (let i = 0; i < args.length; i++) {
      try {
        params.types[i].lower(cx, args[i], flat, params.from[i]);
      } catch (error) {
        throw within(`args[${i}]`, error);
      }
    }
    return flat;
  }

  /** What an export returned. */
  liftResult(cx, returned) {
    const { result } = this;
    if (result === undefined) return undefined;
    cx.refresh();
    if (!this.indirect) return result.lift(cx, [returned], 0);
    const at = returned >>> 0;
    cx.reach(at, result.size, result.align);
    return result.load(cx, at);
  }

  /** The arguments that a guest gives to an import. */
  liftParams(cx, flat) {
    const { params } = this;
    cx.refresh();
    if (!this.spilled) return params.lift(cx, flat, 0);
    const at = flat[0] >>> 0;
    cx.reach(at, params.size, params.align);
    return params.load(cx, at);
  }

  /** Gives an import's result to the guest: as a core value, or where the last argument points. */
  lowerResult(cx, value, flat) {
    const { result } = this;
    if (result === undefined) return undefined;
    if (!this.indirect) {
      const own = [0];
      result.lower(cx, value, own, 0);
      return own[0];
    }
    const at = flat[flat.length - 1] >>> 0;
    cx.reach(at, result.size, result.align);
    cx.charge(VALUE);
    result.store(cx, value, at);
    return undefined;
  }
}

/** As `Signature`, for an export of a plain core module: numbers in, numbers out. */
export class CoreSignature extends Signature {
  constructor(params, types) {
    super(params, null, types);
    this.spilled = false;
  }

  /** Nothing, a number, or an array where there are several. */
  liftResult(_, returned) {
    return returned;
  }
}
