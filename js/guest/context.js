import { GuestFailure, trap } from "./failure.js";
import { encodings } from "./strings/index.js";

/** Where the values of a function lie: a memory of the guest, its allocator, and the way to charge what is copied. */
export class Context {
  /**
   * @param {import("./guest.js").Guest} guest
   * @param {{ component: number, encoding: string }} plan
   */
  constructor(guest, { component, encoding }) {
    this.guest = guest;
    this.leave = guest.flags[component];
    this.strings = encodings[encoding];
    /** @type {WebAssembly.Memory | undefined} */
    this.memory = undefined;
    /** @type {Function | undefined} */
    this.realloc = undefined;
    this.bytes = new Uint8Array(0);
    this.view = new DataView(this.bytes.buffer);
    // Where the last string or list was written.
    this.pointer = 0;
    this.length = 0;
  }

  /** Looks at the memory anew where it grew, which took the old buffer away. */
  refresh() {
    if (this.bytes.length !== 0 || this.memory === undefined) return;
    const { buffer } = this.memory;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Traps unless `length` bytes from `pointer` on are in the memory, and `pointer` is aligned. */
  reach(pointer, length, align) {
    if ((pointer & (align - 1)) !== 0) throw trap("unaligned_pointer", `${pointer} is not a multiple of ${align}`);
    if (pointer + length > this.bytes.length) {
      throw trap(
        "out_of_bounds_memory_access",
        `${length} bytes at ${pointer} are not in ${this.bytes.length} bytes of memory`,
      );
    }
  }

  /** Room for `size` bytes in the guest's memory, as its allocator gives it. */
  allocate(align, size) {
    return this.reallocate(0, 0, align, size);
  }

  reallocate(pointer, old, align, size) {
    const { leave, guest } = this;
    guest.pay();
    const { waits } = guest;
    guest.waits = false;
    leave.value = 0;
    const given = /** @type {Function} */ (this.realloc)(pointer, old, align, size) >>> 0;
    leave.value = 1;
    guest.waits = waits;
    this.refresh();
    this.reach(given, size, align);
    return given;
  }

  /** Takes fuel for copying. */
  charge(fuel) {
    this.guest.charge(fuel);
  }

  /** Takes fuel for what comes out of the guest, and counts the host's memory that it takes. */
  lifted(fuel, bytes) {
    const { guest } = this;
    guest.charge(fuel);
    guest.lifted += bytes;
    if (guest.lifted > guest.most) {
      throw new GuestFailure("value_too_large", `the guest passed more than ${guest.most} bytes to the host at once`);
    }
  }
}
