// Durable Objects over an instance that may be replaced.

/**
 * The Durable Object class that Rust exports as `name`; its object is made anew when the instance was replaced. `life` is what the shim
 * knows of the instance: how to begin one, its generation, and what settles those that wait for it.
 */
export function durableObject(hashi, name, life) {
  return class {
    constructor(state, env) {
      this.given = [state, env];
    }

    async fetch(request) {
      life.begin(this.given[1]);
      if (this.generation !== life.generation()) {
        this.object = new hashi[name](...this.given);
        this.generation = life.generation();
      }
      let settle;
      const end = new Promise((resolve) => {
        settle = resolve;
      });
      life.inFlight.set(settle, settle);
      request.signal.addEventListener("abort", () => settle(life.LEFT));
      try {
        const response = await Promise.race([this.object.fetch(request), end]);
        if (response === life.DEAD) throw new Error(`the instance behind ${name} died`);
        if (response === life.LEFT) throw new Error(`the caller of ${name} left`);
        return response;
      } finally {
        life.inFlight.delete(settle);
      }
    }
  };
}
