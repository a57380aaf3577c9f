/** What has been made of templates: those of a journey are the same for all its customers. The ones not used for longest go first. */

/** Some 20 MB of templates, as large as Gmail shows whole. */
const CACHED_TEMPLATES = 200;

export class TemplateCache<Made> {
  readonly #made = new Map<string, Made>();

  get(source: string, make: (source: string) => Made): Made {
    const known = this.find(source);
    if (known !== undefined) return known;
    const made = make(source);
    this.add(source, made);
    return made;
  }

  find(source: string): Made | undefined {
    const known = this.#made.get(source);
    if (known !== undefined) {
      this.#made.delete(source);
      this.#made.set(source, known);
    }
    return known;
  }

  add(source: string, made: Made): void {
    const oldest = this.#made.size >= CACHED_TEMPLATES ? this.#made.keys().next().value : undefined;
    if (oldest !== undefined) this.#made.delete(oldest);
    this.#made.set(source, made);
  }
}
