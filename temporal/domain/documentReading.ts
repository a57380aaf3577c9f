/**
 * Documents that somebody writes whole (`PUT /v1/policy`, `PUT /v1/scores/settings`): read field by field, so that nothing unknown
 * or wrong passes unseen, and every problem is named by its JSON Pointer.
 */
import { escapePointer, type FieldProblem } from './identity.ts';

/** @returns undefined where there is a problem, which has been noted */
export type Reader<T> = (value: unknown, path: string, problems: FieldProblem[]) => T | undefined;

type Given<T> = { read: Reader<T> } & (
  | { or: T }
  /** Left out, it stays out. */
  | { mayLack: true }
  | { needed: true }
);
/** A field that is left out has its default. */
export type Fields<T> = { [K in keyof T]-?: Given<Exclude<T[K], undefined>> };

/** @param check of fields that are right each for itself; returns what they are not together */
export function record<T extends object>(
  fields: Fields<T>,
  check: (record: T) => FieldProblem[] = () => [],
): Reader<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, path, problems) => {
    if (!isObject(value)) return problem(problems, path, `has to be an object with ${names.join(', ')}`);
    const before = problems.length;
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(fields, name))
        problem(problems, `${path}/${escapePointer(name)}`, `is not known: one of ${names.join(', ')}`);
    }
    const read: Partial<T> = {};
    for (const name of names) {
      const field = fields[name];
      const at = `${path}/${name}`;
      if (value[name] !== undefined) read[name] = field.read(value[name], at, problems);
      else if ('or' in field) read[name] = field.or;
      else if ('needed' in field) problem(problems, at, 'is missing');
    }
    if (problems.length === before) {
      for (const found of check(read as T)) problem(problems, `${path}${found.path}`, found.message);
    }
    return problems.length === before ? (read as T) : undefined;
  };
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function problem(problems: FieldProblem[], path: string, message: string): undefined {
  problems.push({ path, message });
}

/** Values that are right as they are. */
export function value<T>(isRight: (value: unknown) => boolean, otherwise: string): Reader<T> {
  return (given, path, problems) => (isRight(given) ? (given as T) : problem(problems, path, otherwise));
}

export const oneOf = <T extends string>(words: readonly T[]): Reader<T> =>
  value<T>((given) => (words as readonly unknown[]).includes(given), `has to be one of ${words.join(', ')}`);

export const orNull =
  <T>(read: Reader<T>): Reader<T | null> =>
  (given, path, problems) =>
    given === null ? null : read(given, path, problems);

export function listOf<T>(read: Reader<T>, most: number, fewest = 0): Reader<T[]> {
  return (given, path, problems) => {
    if (!Array.isArray(given)) return problem(problems, path, 'has to be a list');
    if (given.length > most) return problem(problems, path, `has more than ${most} entries`);
    if (given.length < fewest) return problem(problems, path, 'is empty');
    const before = problems.length;
    const entries = given.map((entry, index) => read(entry, `${path}/${index}`, problems));
    return problems.length === before ? (entries as T[]) : undefined;
  };
}

export function eachOnce<T>(read: Reader<T[]>): Reader<T[]> {
  return (given, path, problems) => {
    const list = read(given, path, problems);
    const index = list?.findIndex((entry, at) => list.indexOf(entry) < at) ?? -1;
    return index < 0 ? list : problem(problems, `${path}/${index}`, 'is in the list twice');
  };
}

export const flag: Reader<boolean> = value((given) => typeof given === 'boolean', 'has to be true or false');
