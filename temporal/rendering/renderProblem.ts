/** What is wrong with a message's template, in the operator's words. Nothing is sent then. */
export class RenderProblem extends Error {
  /** Where it stands in the message: `subject`, `html`, `fields/title`, `translations/de/text` … */
  readonly part: string;
  /** It was stopped, for it took too long or grew too large. */
  readonly isStopped: boolean;

  /** @param message goes on from the part's name: "is empty for this customer" */
  constructor(part: string, message: string, isStopped = false) {
    super(message);
    this.name = 'RenderProblem';
    this.part = part;
    this.isStopped = isStopped;
  }
}
