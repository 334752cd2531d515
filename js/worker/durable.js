// Durable Objects over an instance that may be replaced.
import { DEAD, LEFT } from "./instance.js";
import { promised } from "./promised.js";

/** The Durable Object class that Rust exports as `name`; its object is made anew when the instance was replaced. */
export function durableObject(hashi, name, instance) {
  return class {
    constructor(state, env) {
      this.given = [state, env];
    }

    async fetch(request) {
      instance.begin(this.given[1]);
      const born = instance.generation();
      const { promise: end, resolve: settle } = promised();
      instance.inFlight.set(settle, settle);
      request.signal.addEventListener("abort", () => settle(LEFT));
      try {
        if (this.generation !== born) {
          this.object = new hashi[name](...this.given);
          this.generation = born;
        }
        const response = await Promise.race([this.object.fetch(request), end]);
        if (response === DEAD) throw new Error(`the instance behind ${name} died`);
        if (response === LEFT) throw new Error(`the caller of ${name} left`);
        return response;
      } catch (error) {
        // Its successor doesn't die of it too.
        if (instance.generation() === born) instance.fault(error);
        throw error;
      } finally {
        instance.inFlight.delete(settle);
      }
    }
  };
}
