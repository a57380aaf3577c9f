/** Errors as `application/problem+json` (RFC 9457): what is wrong, where, and the way out. */
import { STATUS_CODES } from 'node:http';
import { Type, type Static } from 'typebox';

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    errors: Type.Array(Type.Object({ path: Type.String({ description: 'JSON Pointer' }), message: Type.String() })),
  },
  { $id: 'Problem', description: 'RFC 9457 problem' },
);
export type ProblemBody = Static<typeof ProblemSchema>;

export interface FieldError {
  /** JSON Pointer into the request's body or query, e.g. `/items/0/channel`. */
  path: string;
  message: string;
}

/** Thrown by handlers; becomes the answer. */
export class Problem extends Error {
  readonly status: number;
  readonly errors: FieldError[];

  constructor(status: number, detail: string, errors: FieldError[] = []) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.errors = errors;
  }

  body(): ProblemBody {
    return {
      type: 'about:blank',
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      errors: this.errors,
    };
  }
}

export const notFound = (what: string, id: string) => new Problem(404, `There is no ${what} with the id "${id}".`);
