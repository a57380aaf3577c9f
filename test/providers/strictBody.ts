/** Bodies as a provider's documentation has them: a field that it does not know is refused, as there. */
import { Type, type TProperties, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

export const strict = <Properties extends TProperties>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });

/** @returns what is wrong with it, in words; '' when nothing is */
export function faultsOf(schema: TSchema, body: unknown): string {
  return Value.Check(schema, body)
    ? ''
    : Value.Errors(schema, body)
        .map(({ instancePath, message }) => `${instancePath} ${message}`)
        .join('; ');
}
