/** Thrown by a page that was asked for what there is none of: the answer is 404, with a sentence and the way on. */
import type { Place } from './layout.ts';

export class NotThere extends Error {
  readonly statusCode = 404;
  readonly title: string;
  readonly place: Place;

  /** @param sentence for the operator */
  constructor(place: Place, title: string, sentence: string) {
    super(sentence);
    this.name = 'NotThere';
    this.title = title;
    this.place = place;
  }
}
