import { WorkerEntrypoint } from "cloudflare:workers";

/**
 * The entry point that every function's isolate has as its only way out. Whose it is stands in its props, which the main Worker wrote when it loaded the
 * isolate; `serve` decides, in Rust.
 */
export function gateway(serve) {
  return class Gateway extends WorkerEntrypoint {
    fetch(request) {
      return serve(request, this.env, this.ctx);
    }
  };
}
