import * as exported from "../../../build/bench-workers-rs/bench_workers_rs.js";

export default {
  fetch: (request, env, context) => exported.fetch(request, env, context),
};
