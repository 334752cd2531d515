// Handles of resources: which there are in each part of a component, who may use them, and when the resource behind one is gone.
// The canonical ABI's tables and scopes, for resources that the component defines itself: the host has none and gets none.
import { trap } from "./failure.js";
import { CROSSING, HANDLE } from "./schedule.js";

// Handles and loans of a guest, in all its parts together: they lie on the host's heap.
const MOST = 65_536;

/**
 * A handle in the table of a part.
 *
 * @typedef {object} Handle
 * @property {number} resource    which type it is of
 * @property {number} rep         what stands for the resource where that is defined
 * @property {Scope | undefined} scope  of a borrowed one: the call that has to drop it; undefined where it is owned
 * @property {number} lends       calls that it is lent to
 *
 * @typedef {{ lenders: Handle[], borrows: number }} Scope  a call that lends resources: what was lent to it, and what of that is kept
 */

/** The handles of a part. */
class Table {
  constructor() {
    /** @type {(Handle | undefined)[]} */
    this.handles = [undefined];
    /** @type {number[]} */
    this.free = [];
  }

  add(handle) {
    const index = this.free.pop() ?? this.handles.length;
    this.handles[index] = handle;
    return index;
  }

  get(index, resource) {
    const handle = this.handles[index];
    if (handle === undefined) throw invalid(index, "there is none of this number");
    if (handle.resource !== resource) throw invalid(index, "it is of another type");
    return handle;
  }

  /** Takes a handle out, which no call may have on loan. */
  remove(index, resource) {
    const handle = this.get(index, resource);
    if (handle.lends > 0) throw invalid(index, "it is lent to a call that has not returned");
    this.handles[index] = undefined;
    this.free.push(index);
    return handle;
  }
}

const invalid = (index, reason) => trap("invalid_handle", `a handle of a resource, ${index}: ${reason}`);

/** The resources of a guest. */
export class Resources {
  /**
   * @param {import("./guest.js").Guest} guest
   * @param {{ resources: { component: number, destructor: [number, string] | null }[],
   *   handles: ({ resource: number, component: number } | null)[] }} plan
   */
  constructor(guest, { resources, handles }) {
    this.guest = guest;
    this.types = resources;
    this.views = handles;
    this.clear();
  }

  /** Makes the tables as they were at first: empty. */
  clear() {
    this.tables = this.guest.flags.map(() => new Table());
    /** @type {Scope[]} */
    this.scopes = [];
    this.live = 0;
    /** Whether there ever was a handle. */
    this.used = false;
  }

  /** The function that a definition of the plan stands for. */
  definition({ new: of, rep, drop, transfer, scope }) {
    if (of !== undefined) return this.guarded((rep) => this.make(of, rep));
    if (rep !== undefined) return this.guarded((index) => this.handle(rep, index).rep);
    if (drop !== undefined) return this.guarded((index) => this.drop(drop, index));
    if (transfer === "own") return this.guarded((index, from, to) => this.give(from, to, index));
    if (transfer === "borrow") return this.guarded((index, from, to) => this.lend(from, to, index));
    return this.guarded(scope === "enter" ? () => this.enter() : () => this.leave());
  }

  /** `work` as a core module calls it: paid for, and what it throws ends the guest. */
  guarded(work) {
    const { guest } = this;
    return (...args) => {
      try {
        guest.charge(CROSSING);
        return work(...args);
      } catch (error) {
        return guest.fail(error);
      }
    };
  }

  make(type, rep) {
    const { component, resource } = this.views[type];
    this.mayLeave(component);
    return this.add(component, resource, rep);
  }

  handle(type, index) {
    const { component, resource } = this.views[type];
    return this.tables[component].get(index >>> 0, resource);
  }

  drop(type, index) {
    const { component, resource } = this.views[type];
    this.mayLeave(component);
    const { rep, scope } = this.remove(component, resource, index);
    if (scope !== undefined) {
      scope.borrows -= 1;
      return;
    }
    const { destructor } = this.types[resource];
    if (!destructor) return;
    const { guest } = this;
    guest.pay();
    const { waits } = guest;
    guest.waits = false;
    guest.at(destructor)(rep);
    guest.waits = waits;
  }

  /** An owned handle goes from one part to another. */
  give(from, to, index) {
    const { component, resource } = this.views[from];
    if (this.handle(from, index).scope !== undefined)
      throw invalid(index >>> 0, "it is borrowed, and can't be given away");
    const { rep } = this.remove(component, resource, index);
    return this.add(this.views[to].component, resource, rep);
  }

  /** A part has another's resource for the time of a call: by a handle of its own, or as it is where it defines the type. */
  lend(from, to, index) {
    const lender = this.handle(from, index);
    const scope = this.scopes[this.scopes.length - 1];
    this.count();
    lender.lends += 1;
    scope.lenders.push(lender);
    const { component } = this.views[to];
    const { resource, rep } = lender;
    if (this.types[resource].component === component) return rep;
    scope.borrows += 1;
    return this.add(component, resource, rep, scope);
  }

  enter() {
    this.scopes.push({ lenders: [], borrows: 0 });
  }

  leave() {
    const { lenders, borrows } = /** @type {Scope} */ (this.scopes.pop());
    if (borrows > 0) throw trap("borrow_kept", `a call kept ${borrows} of the resources that were lent to it`);
    for (const lender of lenders) lender.lends -= 1;
    this.live -= lenders.length;
  }

  /** A new handle: owned, or borrowed for the call of `scope`. */
  add(component, resource, rep, scope = /** @type {Scope | undefined} */ (undefined)) {
    this.count();
    this.used = true;
    return this.tables[component].add({ resource, rep, scope, lends: 0 });
  }

  remove(component, resource, index) {
    const handle = this.tables[component].remove(index >>> 0, resource);
    this.live -= 1;
    return handle;
  }

  /** One more handle or loan. */
  count() {
    this.guest.charge(HANDLE);
    if (this.live === MOST) throw trap("too_many_handles", `more than ${MOST} handles of resources at once`);
    this.live += 1;
  }

  mayLeave(component) {
    if (this.guest.flags[component].value === 0)
      throw trap("cannot_leave", "a resource made or dropped in an allocator or post-return");
  }
}
