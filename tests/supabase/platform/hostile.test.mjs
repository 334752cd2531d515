/** Calls that go round the Worker to take what isn't theirs: each is refused, and its honest twin isn't. */
import { after, before, describe } from "node:test";
import { everywhere } from "./backends.mjs";
import { constraints } from "./hostile/constraints.mjs";
import { history } from "./hostile/history.mjs";
import { identity } from "./hostile/identity.mjs";
import { injections } from "./hostile/injections.mjs";
import { modules } from "./hostile/modules.mjs";
import { people } from "./people.mjs";

for (const { name: backend, skip, start } of everywhere) {
  describe(`hostile calls on ${backend}`, { skip }, () => {
    let server;
    let given;
    before(async () => {
      server = await start();
      given = { server, ...(await people(server)) };
    });
    after(() => server?.close());
    for (const suite of [identity, modules, history, injections, constraints])
      describe(suite.name, () => suite(() => given));
  });
}
