// Who is refused in the middle of a long body is let go on for a while: the host closes a connection whose request it hasn't read, and a client that still sends
// would see a broken pipe where it was told why.
import { patience } from "./pass.js";
import { reading } from "./reading.js";

// For how long, how many bytes, with what pauses, in milliseconds, and how many at once: whoever is one too many is answered at once, and may not hear it.
const LONGEST_MS = 3000;
const MOST_BYTES = 32 * 1024 * 1024;
const PAUSE_MS = 250;
const AT_ONCE = 16;
// As for bodies that pass through.
const PIECE_BYTES = 65536;

/** When those at the latest end that are under way: of some the host may never tell that they are over. @type {{ ends: number }[]} */
let under = [];

/** Lets the pieces come that `next` gives, of which nothing is kept, as long as their client goes on sending. */
export async function hear(next) {
  const now = Date.now();
  under = under.filter(({ ends }) => ends > now);
  if (under.length >= AT_ONCE) return;
  const mine = { ends: now + LONGEST_MS };
  under.push(mine);
  const { promise: paused, resolve: giveUp } = Promise.withResolvers();
  const pause = patience(PAUSE_MS, () => giveUp(undefined));
  try {
    for (let left = MOST_BYTES; left > 0 && Date.now() < mine.ends; ) {
      pause.begin();
      const piece = await Promise.race([next(), paused]);
      if (piece === undefined || piece.done) return;
      left -= piece.value.length;
    }
  } catch {
    // It broke off: nobody is there to hear.
  } finally {
    pause.stop();
    under = under.filter((other) => other !== mine);
  }
}

/** The same of what is left of `body`, a `reading` that whoever had it gave up; it is cancelled then. */
export async function hearRest(body) {
  await hear(async () => {
    const value = await body.next();
    return { done: value === undefined, value };
  });
  body.cancel();
}

/** The same of a whole body, unless somebody else reads it. */
export async function hearOut(body) {
  if (!body.locked) await hearRest(reading(body, PIECE_BYTES));
}
