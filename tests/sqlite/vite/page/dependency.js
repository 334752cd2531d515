import { open } from "./sqlite/index.js";

globalThis.open_ = async (name) => {
  globalThis.db = await open(name);
};
globalThis.replaced = 0;
globalThis.ready = true;
import.meta.hot.accept("./sqlite/index.js", () => {
  globalThis.replaced++;
});
