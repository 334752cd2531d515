// What stands in the tab's place when its part in wasm is gone: closed, or fallen by a fault of its own.
import { DROPPED, REFUSED } from "./verdict.js";

export class Ended {
  state = "closed";
  pending = 0;
  silentFor = 0;
  // There is no leader to do anything about.
  advice = null;
  transport = undefined;
  /** @type {[import("./index.js").ErrorCode, string]} */
  #refusal;

  /**
   * @param {[import("./index.js").ErrorCode, string]} refusal what every call gets
   * @param {{ role?: string, storage?: string, epoch?: number, schema?: number }} [last] what was known of the database
   */
  constructor(refusal, { role = "follower", storage, epoch = 0, schema } = {}) {
    this.#refusal = refusal;
    this.role = role;
    this.storage = storage;
    this.epoch = epoch;
    this.schema = schema;
  }

  begin() {
    return REFUSED;
  }

  refusal() {
    return this.#refusal;
  }

  settle() {
    return DROPPED;
  }

  slate() {
    return 0;
  }

  // What comes late.
  start() {}
  withdraw() {}
  abort() {}
  hear() {}
  hearWorker() {}
  hearBroker() {}
  brokerFailed() {}
  close() {}
}
