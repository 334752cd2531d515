// Before anything else in a page that the harness breaks: what it has to know of it.

// Kept, so that a worker can be terminated behind its page's back.
globalThis.workers = [];
globalThis.Worker = class extends Worker {
  constructor(...values) {
    super(...values);
    globalThis.workers.push(this);
  }
};

globalThis.freezes = 0;
document.addEventListener("freeze", () => globalThis.freezes++);
