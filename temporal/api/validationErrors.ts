/** What the schema check found, in the words of the API: the field itself, its problem and the way out. */
import type { FastifySchemaValidationError } from 'fastify';
import { escapePointer } from '../domain/identity.ts';
import type { FieldError } from './problem.ts';

type Issue = FastifySchemaValidationError & { parentSchema?: { description?: string } };

/** Alternatives that were not meant: "or null" says nothing to somebody who has sent an object. */
const isNoise = ({ keyword, params }: Issue): boolean =>
  keyword === 'anyOf' || keyword === 'oneOf' || (keyword === 'type' && params['type'] === 'null');

/** More are not read, and an answer must not be larger than what it refuses: a list can be wrong in each of a million places. */
const MOST_ERRORS = 100;

export function fieldErrors(issues: readonly Issue[]): FieldError[] {
  const telling = issues.filter((issue) => !isNoise(issue));
  const errors = (telling.length > 0 ? telling : issues).slice(0, MOST_ERRORS).map(fieldError);
  return [...new Map(errors.map((error) => [`${error.path}\0${error.message}`, error])).values()];
}

function fieldError({ keyword, instancePath, params, message, parentSchema }: Issue): FieldError {
  switch (keyword) {
    case 'required':
      return { path: `${instancePath}/${escapePointer(String(params['missingProperty']))}`, message: 'is missing' };
    case 'additionalProperties':
      return {
        path: `${instancePath}/${escapePointer(String(params['additionalProperty']))}`,
        message: 'is not known',
      };
    case 'enum':
      return { path: instancePath, message: `has to be one of ${(params['allowedValues'] as unknown[]).join(', ')}` };
    case 'pattern':
      return { path: instancePath, message: `has to be ${parentSchema?.description ?? String(params['pattern'])}` };
    default:
      return { path: instancePath, message: message ?? 'is not valid' };
  }
}
