import { GuestFailure } from "./failure.js";
import { Guest } from "./guest.js";
import { Image } from "./restore.js";

const PAGE = 65536;

// What the first allocation may cost, which no call pays for: some pages, and little besides.
const SETTLING = { host: undefined, fuel: 1e5, most: 0 };

/** The instances of a program: made, kept, restored. */
export class Pool {
  /**
   * @param {import("./program.js").Program} program
   * @param {number} keep how many used instances wait for the next call
   */
  constructor(program, keep) {
    this.program = program;
    this.keep = keep;
    /** @type {Guest[]} */
    this.idle = [];
    /** @type {Image | undefined} */
    this.image = undefined;
    /** What the start functions cost, and how many pages they could have. */
    this.startFuel = 0;
    this.startPages = 0;
    /** Bytes of memory that an instance begins with, and whether the host makes one allocation first; known once there was one. */
    this.bytes = -1;
    this.settles = false;
  }

  /**
   * An instance with the limits of a call, its start functions run.
   *
   * @param {{ host: any, fuel: number, pages: number, most: number }} call
   * @param {(guest: Guest, how: "fresh" | "restored") => void} taken is told of the instance before any of its code runs
   */
  take(call, taken) {
    const { program } = this;
    if (this.bytes < 0) this.look();
    // A start function may look at how much memory it can have.
    if (program.starts && this.startPages !== call.pages) this.forget();
    // Where the allocation doesn't fit into the limit, the guest may do without.
    const settled = this.settles && this.bytes <= call.pages * PAGE;
    const ordinary = settled || !this.settles;
    const waiting = ordinary ? this.idle.pop() : undefined;
    if (waiting) {
      this.restore(waiting);
      taken(waiting, "restored");
      begin(waiting, call);
      // It may run: only now it has used what its start functions cost.
      waiting.begin(call, this.startFuel);
      if (waiting.left() < 0) throw new GuestFailure("fuel_exhausted", "the call used up its fuel");
      return;
    }
    const guest = new Guest(program);
    taken(guest, "fresh");
    const able = !settled || settle(guest);
    begin(guest, call);
    // It did once, so only the host can have failed.
    if (!able) throw new GuestFailure("host_error", "the host has no memory for the guest");
    if (program.starts) {
      guest.start();
      this.startFuel = call.fuel - guest.left();
      this.startPages = call.pages;
    }
    // What a start function told the host it would have to tell again, and make the resources that it made.
    if (this.keep === 0 || !ordinary || guest.calls > 0 || guest.resources?.used) return;
    if (guest.hold()) this.image ??= new Image(guest);
  }

  /** Takes back an instance whose call ended well. */
  give(guest) {
    guest.used = true;
    if (guest.held && this.idle.length < this.keep && this.image?.fits(guest)) this.idle.push(guest);
  }

  forget() {
    this.idle.length = 0;
    this.image = undefined;
  }

  /** Restores the instances that wait, ahead of the next call. */
  tidy() {
    for (const guest of this.idle) this.restore(guest);
  }

  restore(guest) {
    if (guest.used) this.image?.restore(guest);
    guest.used = false;
  }

  /**
   * Finds out, by an instance that serves no call, what instances of this program begin with.
   *
   * Most allocators take their first page when they are first asked, and memory that grew can't be restored. So the host asks
   * once beforehand, where that is what happens, and every instance of the program begins with that page: fresh and restored ones are
   * still the same, and calls that need no more than it are served by restored ones.
   */
  look() {
    const { program } = this;
    const guest = new Guest(program);
    const bytes = guest.bytes;
    this.settles = !program.starts && settle(guest) && guest.bytes > bytes;
    this.bytes = this.settles ? guest.bytes : bytes;
  }
}

/** Gives an instance the limits of a call; refuses one that begins with more memory than they allow, which has used no fuel then. */
function begin(guest, call) {
  const { pages } = call;
  guest.begin(call, 0);
  if (guest.bytes <= pages * PAGE) return;
  throw new GuestFailure(
    "memory_limit_exceeded",
    `the module begins with ${guest.bytes / PAGE} pages of memory, and may have ${pages}`,
  );
}

/** Makes one allocation with each allocator; false if that did anything but allocate. */
function settle(guest) {
  const { bytes } = guest;
  guest.begin({ ...SETTLING, pages: bytes / PAGE + 16 }, 0);
  try {
    const asked = new Set();
    for (const cx of guest.contexts) {
      if (!cx.realloc || asked.has(cx.realloc)) continue;
      asked.add(cx.realloc);
      cx.allocate(1, 1);
    }
    guest.bytes = guest.size();
    return guest.why(undefined) === undefined && guest.dirty.value === 0 && guest.calls === 0;
  } catch {
    // An allocator that fails here fails in a call too, which then says so.
    return false;
  }
}
