/** How far the reading of a large file is, on stderr: one line that is written over on a terminal, one every few seconds elsewhere. */

const PROGRESS_MS = 2_000;

export class Progress {
  readonly #begun = performance.now();
  readonly #unit: string;
  #shown = this.#begun;
  #hasLine = false;

  /** @param unit what is counted, such as `lines` */
  constructor(unit: string) {
    this.#unit = unit;
  }

  show(count: number): void {
    const now = performance.now();
    if (now - this.#shown < PROGRESS_MS) return;
    this.#shown = now;
    const perSecond = Math.round(count / ((now - this.#begun) / 1000));
    const words = `${count.toLocaleString('en')} ${this.#unit}, ${perSecond.toLocaleString('en')} a second`;
    this.#hasLine = process.stderr.isTTY;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${words}` : `${words}\n`);
  }

  /** Before anything else is written. */
  end(): void {
    if (this.#hasLine) process.stderr.write('\r\x1b[K');
    this.#hasLine = false;
  }
}
