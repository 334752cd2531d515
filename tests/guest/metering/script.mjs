// Replays a file of the WebAssembly test suite in three worlds: the modules as they are, metered with a state of their own, and metered
// with one state for all.
import { arm, ended, ownState, sharedState } from "./metered.mjs";
import { flatten, matches, sameResults } from "./values.mjs";

const compile = (text) => new WebAssembly.Module(Buffer.from(text, "base64"));

/** The module `spectest` that the suite expects of its host. */
function spectest() {
  const global = (value, initial) => new WebAssembly.Global({ value, mutable: false }, initial);
  const none = () => {};
  return {
    print: none,
    print_i32: none,
    print_i64: none,
    print_f32: none,
    print_f64: none,
    print_i32_f32: none,
    print_f64_f64: none,
    global_i32: global("i32", 666),
    global_i64: global("i64", 666n),
    global_f32: global("f32", 666.6),
    global_f64: global("f64", 666.6),
    table: new WebAssembly.Table({ element: "anyfunc", initial: 10, maximum: 20 }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  };
}

class World {
  /** @param {"plain" | "owner" | "sharer"} kind */
  constructor(kind, script) {
    this.kind = kind;
    this.script = script;
    this.imports = { spectest: spectest() };
    this.shared = kind === "sharer" ? sharedState() : undefined;
    /** @type {(WebAssembly.Instance | undefined)[]} */
    this.instances = [];
    this.states = [];
  }

  /** Sets the limits of all instances as before a call. */
  arm() {
    for (const state of this.shared ? [this.shared] : this.states) arm(state);
  }

  ended() {
    return (this.shared ? [this.shared] : this.states).map(ended).find((why) => why);
  }

  instantiate(module) {
    const imports = this.shared ? { ...this.imports, hashi: this.shared } : this.imports;
    let instance;
    try {
      instance = new WebAssembly.Instance(compile(this.script.modules[module][this.kind]), imports);
    } catch (error) {
      // It may have left functions in others' tables, and nobody has its globals.
      this.orphans ||= this.kind === "owner" && error instanceof WebAssembly.RuntimeError;
      throw error;
    }
    if (this.kind === "owner") this.states.push(ownState(instance));
    if (this.kind !== "plain") {
      this.arm();
      instance.exports["hashi:start"]?.();
    }
    return instance;
  }

  /** Calls the action's function through the adapter that keeps every bit. */
  act(action) {
    this.arm();
    if (action.instantiate !== undefined) {
      this.instantiate(action.instantiate);
      return [];
    }
    const instance = this.instances[action.instance];
    if (action.get !== undefined) return [instance.exports[action.get].value];
    const adapter = new WebAssembly.Instance(compile(this.script.adapters[action.adapter]), {
      m: { f: instance.exports[action.invoke] },
    });
    const results = adapter.exports.f(...action.arguments.flatMap(flatten));
    return results === undefined ? [] : Array.isArray(results) ? results : [results];
  }

  /** How an action ends: `{results}` or `{error}`, a word for the kind of end. */
  outcome(action) {
    try {
      return { results: this.act(action) };
    } catch (error) {
      return { error: this.word(error), message: error.message };
    }
  }

  word(error) {
    const why = this.kind === "plain" ? undefined : this.ended();
    if (why === "fuel") return "out of fuel";
    if (why === "stack" || error instanceof RangeError) return "exhaustion";
    if (error instanceof WebAssembly.RuntimeError) return "trap";
    if (error instanceof WebAssembly.Exception) return "exception";
    if (error instanceof WebAssembly.LinkError) return "link";
    return `${error}`;
  }
}

/** What an end must be for a directive to be fulfilled. */
const fulfilled = {
  return: ({ action, expected }, { results }) =>
    results !== undefined && (expected === null || matches(results, expected, action.get !== undefined)),
  trap: (_, { error }) => error === "trap",
  exhaustion: (_, { error }) => error === "exhaustion",
  exception: (_, { error }) => error === "exception",
};

/** Replays `script` and tells what was checked, refused, skipped (by reason) and wrong. */
export function replay(script) {
  const worlds = ["plain", "owner", "sharer"].map((kind) => new World(kind, script));
  const told = { checked: 0, refused: 0, skipped: {}, wrong: [] };
  const skip = (why) => {
    told.skipped[why] = (told.skipped[why] ?? 0) + 1;
  };
  const wrong = (command, what) => told.wrong.push(`line ${command.line}: ${what}`);
  const missing = new Set();
  /** Why a module can't be instantiated in any world; a module whose refusal has no reason among the proposals is a defect. */
  const lacks = (module) => {
    const { plain, refusal, needs } = script.modules[module];
    if (refusal) return needs ?? `refused: ${refusal}`;
    const imports = WebAssembly.Module.imports(compile(plain));
    return imports.some((each) => missing.has(each.module)) ? "imports from a module that was skipped" : undefined;
  };

  for (const command of script.commands) {
    if (command.do === "instantiate") {
      const lack = lacks(command.module);
      if (lack) skip(lack);
      for (const world of worlds) {
        let instance;
        if (!lack) {
          try {
            instance = world.instantiate(command.module);
          } catch (error) {
            wrong(command, `${world.kind}: ${error}`);
          }
        }
        world.instances.push(instance);
      }
    } else if (command.do === "register") {
      for (const world of worlds) world.imports[command.as] = world.instances[command.instance]?.exports ?? {};
      if (!worlds[0].instances[command.instance]) missing.add(command.as);
    } else if (command.do === "refused") {
      if (command.refused) told.refused += 1;
      else skip("valid by a later edition of the language");
    } else if (command.do === "unlinkable") {
      const lack = lacks(command.module);
      if (lack) {
        skip(lack);
        continue;
      }
      for (const world of worlds) {
        try {
          world.instantiate(command.module);
          wrong(command, `${world.kind}: linked`);
        } catch (error) {
          if (world.word(error) !== "link") wrong(command, `${world.kind}: ${error}`);
        }
      }
      told.checked += 1;
    } else if (fulfilled[command.do]) {
      const { action } = command;
      const lack = action.instantiate === undefined ? undefined : lacks(action.instantiate);
      const there = action.instantiate !== undefined || worlds[0].instances[action.instance];
      const known = command.known !== false && (action.arguments === undefined || action.arguments !== null);
      if (lack || !there || !known) {
        skip(lack ?? (there ? "a value that only unsupported proposals have" : "calls a module that was skipped"));
        continue;
      }
      const [plain, owner, sharer] = worlds.map((world) => world.outcome(action));
      const metered = [owner, sharer];
      if (worlds[1].orphans && owner.message === "unreachable" && plain.results) {
        metered.shift();
        skip("calls an instance that failed to start: with a state of its own, nobody could give it fuel");
      }
      if (!fulfilled[command.do](command, plain)) wrong(command, `plain: ${show(plain)} for ${show(command)}`);
      for (const outcome of metered) {
        if (!fulfilled[command.do](command, outcome)) wrong(command, `metered: ${show(outcome)} for ${show(command)}`);
        const same = plain.error === outcome.error && (plain.error || sameResults(plain.results, outcome.results));
        if (!same) wrong(command, `plain ${show(plain)}, metered ${show(outcome)}`);
      }
      told.checked += 1;
    } else if (command.do !== "define" && command.do !== "malformed text" && command.do !== "custom") {
      wrong(command, `an unknown directive ${command.do}`);
    }
  }
  return told;
}

const show = (value) => JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));
