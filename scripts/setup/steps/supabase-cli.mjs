// Supabase's own CLI, for the test that pushes the migrations with it.
import { join } from "node:path";
import { root } from "../paths.mjs";
import { packagesIn } from "./packages.mjs";

/** As the lock file in tests/supabase/cli says: apart from the project's packages, because it is 65 MB that nothing but this test needs. */
export const supabaseCli = {
  ...packagesIn(join(root, "tests/supabase/cli"), false),
  name: "Supabase's CLI",
  // Without it all but what pushes with it can run, and says so.
  optional: true,
};
