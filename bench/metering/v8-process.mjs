// One process of V8: runs the kernels metered and unmetered in turns. Its modules and its task come in one message, its figures go in one.
import { arm, ownState } from "../../tests/guest/metering/metered.mjs";

/** Calls until V8 has compiled what is hot a second time: at least so many milliseconds, and twice. */
const WARM = 300;

function kernel(bytes, name, metered) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(bytes, "base64")));
  const state = metered ? ownState({ exports }) : undefined;
  return (size) => {
    if (state) arm(state, {});
    const begun = process.hrtime.bigint();
    const result = exports[name](size);
    return { time: Number(process.hrtime.bigint() - begun), result: result >>> 0 };
  };
}

process.once("message", ({ plain, owner, tasks, slices, reversed }) => {
  const figures = {};
  for (const { name, size } of reversed ? tasks.toReversed() : tasks) {
    const worlds = { plain: kernel(plain, name, false), metered: kernel(owner, name, true) };
    const order = reversed ? ["metered", "plain"] : ["plain", "metered"];
    const { result } = worlds.plain(size);
    for (const world of order) {
      const until = Date.now() + (slices > 1 ? WARM : 0);
      do {
        const again = worlds[world](size).result;
        if (again !== result) throw new Error(`${name}: ${again} metered, ${result} unmetered`);
      } while (Date.now() < until);
    }
    const times = { plain: [], metered: [] };
    for (let slice = 0; slice < slices; slice++) {
      for (const world of slice % 2 === 0 ? order : order.toReversed()) times[world].push(worlds[world](size).time);
    }
    figures[name] = { result, ...times };
  }
  process.send(figures, () => process.disconnect());
});
