/**
 * Examples for every body and answer of the API description. A route gives its own with `examples` on a schema; what it leaves
 * out is made from the examples of its parts, and of fields whose name says what is in them, so that one shopper, one order and
 * one run go through the whole document.
 */
import { CUSTOMER_ID, eventExample, RUN_ID, SEND_ID, WAIT_NODE } from './examples.ts';
import { Problem } from './problem.ts';

interface Schema {
  type?: string;
  example?: unknown;
  /** Left as it was below alternatives. */
  examples?: unknown[];
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  format?: string;
  nullable?: boolean;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  additionalProperties?: boolean | Schema;
}

interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: unknown;
}

interface Operation {
  requestBody?: { content?: Record<string, Media> };
  responses?: Record<string, { content?: Record<string, Media> }>;
}

export interface OpenApiDocument {
  paths?: Record<string, Record<string, Operation>>;
}

const TIME = '2026-11-22T10:00:00.000Z';

/** By the name of the field; a schema's own example goes first. */
const BY_FIELD: Readonly<Record<string, unknown>> = {
  customerId: CUSTOMER_ID,
  identity: eventExample.identity,
  nextCursor: null,
  node: WAIT_NODE,
  nodeName: WAIT_NODE,
  ref: 0,
  runId: RUN_ID,
  sendId: SEND_ID,
  sendIds: [SEND_ID],
};

/** Times have names of two kinds. */
const TIME_FIELD = /(^at|At)$/;

/** Gives every body and answer an example. Changes the document. @returns the same document */
export function addExamples<T extends OpenApiDocument>(document: T): T {
  for (const methods of Object.values(document.paths ?? {})) {
    for (const { requestBody, responses = {} } of Object.values(methods)) {
      addTo(requestBody?.content);
      for (const [status, answer] of Object.entries(responses)) addTo(answer.content, Number(status));
    }
  }
  return document;
}

function addTo(content: Record<string, Media> | undefined, status = 200): void {
  for (const [type, media] of Object.entries(content ?? {})) {
    // Pages speak for themselves.
    if (!type.includes('json') && status >= 400) continue;
    if (!media.schema || media.example !== undefined || media.examples !== undefined) continue;
    const example = status < 400 ? exampleOf(media.schema) : problemOf(status);
    if (example !== undefined) media.example = example;
  }
}

const DETAILS: Readonly<Record<number, string>> = {
  400: 'The body is not valid.',
  401: 'The signature is missing or wrong.',
  404: 'There is nothing with this id.',
  409: 'The customer is in this journey already.',
  413: 'The body is too large: send it in smaller parts.',
  429: 'Too many requests: try again in a minute.',
  503: 'The store does not answer. Nothing of this request has been acknowledged: send it again.',
};

function problemOf(status: number): object {
  const errors = status === 400 ? [{ path: '/channel', message: 'has to be one of email, sms, whatsapp, push' }] : [];
  return new Problem(status, DETAILS[status] ?? 'The request could not be served.', errors).body();
}

/** @param name of the field that has this schema @returns undefined when nothing sensible can be said */
function exampleOf(schema: Schema, name = ''): unknown {
  const own = schema.example ?? schema.examples?.[0];
  if (own !== undefined) return own;
  if (schema.const !== undefined) return schema.const;
  if (Object.hasOwn(BY_FIELD, name)) {
    const value = BY_FIELD[name];
    if (fits(value, schema)) return value;
  }
  if (TIME_FIELD.test(name) && fits(TIME, schema)) return TIME;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, name) ?? {})) as unknown;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) {
    for (const alternative of alternatives) {
      const example = exampleOf(alternative, name);
      if (example !== undefined && example !== null) return example;
    }
    return null;
  }
  if (schema.properties) return exampleOfObject(schema.properties, schema.required);
  switch (schema.type) {
    case 'object':
      return {};
    case 'array': {
      const item = schema.items ? exampleOf(schema.items) : undefined;
      return item === undefined ? [] : [item];
    }
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return 0;
    case 'string':
      return schema.nullable ? null : '';
    default:
      return schema.nullable ? null : undefined;
  }
}

/** An item's `error`, which is there only when something is wrong, does not stand beside its answer. */
function exampleOfObject(properties: Record<string, Schema>, required: readonly string[] = []) {
  const usual = Object.entries(properties).filter(([name]) => name !== 'error' || required.includes(name));
  const entries = usual.map(([name, schema]) => [name, exampleOf(schema, name)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function fits(value: unknown, schema: Schema): boolean {
  const types = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (value === null) return types.some(({ nullable, type }) => nullable === true || type === 'null');
  if (schema.enum) return schema.enum.includes(value);
  const kind = Array.isArray(value) ? 'array' : typeof value;
  return types.some(({ type }) => type === kind || (type === 'integer' && Number.isInteger(value)));
}
