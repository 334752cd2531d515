// What a person sees of set-up: a line for each step, a live line or a heartbeat for long ones.

/** Seconds as a person says them: 0.3 s, 12 s, 3 min 5 s. */
export function seconds(milliseconds) {
  const s = milliseconds / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.round(s)} s`;
  return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
}

/** Prints steps as they go. `out` is a stream like stderr; `heartbeat` is the pause in ms where it is no terminal. */
export class Report {
  /**
   * @param {NodeJS.WritableStream & { isTTY?: boolean, columns?: number }} out
   * @param {number} heartbeat
   */
  constructor(out = process.stderr, heartbeat = 15000) {
    this.out = out;
    this.heartbeat = heartbeat;
  }

  /** Starts a step's line and its clock. */
  begin(name) {
    this.name = name;
    this.began = Date.now();
    this.text = "";
    const live = this.out.isTTY;
    const beat = () =>
      live ? this.draw() : this.line(`  … ${name}: ${this.elapsed()}${this.text && `, ${this.text}`}`);
    if (live) this.draw();
    this.timer = setInterval(beat, live ? 250 : this.heartbeat);
  }

  /** What the step is doing right now. */
  progress(text) {
    this.text = text;
  }

  /** Ends a step's line: `mark` is ✓ or ✗. */
  end(mark, note) {
    clearInterval(this.timer);
    if (this.out.isTTY) this.out.write("\r\u001b[K");
    this.line(`  ${mark} ${this.name.padEnd(34)} ${note || this.elapsed()}`);
  }

  /** The line of a step that does `work`: ✓ if that succeeds, ✗ if it throws, which goes on to the caller. */
  async step(name, work) {
    this.begin(name);
    try {
      const done = await work();
      this.end("✓");
      return done;
    } catch (error) {
      this.end("✗");
      throw error;
    }
  }

  /** A line of its own. */
  line(text) {
    this.out.write(`${text}\n`);
  }

  elapsed() {
    return seconds(Date.now() - this.began);
  }

  draw() {
    const width = (this.out.columns || 80) - 1;
    const frame = "⠋⠙⠹⠸⠼⠴⠦⠧"[Math.floor(Date.now() / 250) % 8];
    const line = `  ${frame} ${this.name.padEnd(34)} ${this.elapsed()}  ${this.text}`;
    this.out.write(`\r\u001b[K${line.slice(0, width)}`);
  }
}
