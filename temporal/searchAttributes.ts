/** Makes the namespace know our search attributes; without them workflows cannot be started. */
import { SEARCH_ATTRIBUTES } from './workflows/messages.ts';

/** INDEXED_VALUE_TYPE_KEYWORD of temporal.api.enums.v1.IndexedValueType. */
const KEYWORD = 2;

/** The part of a connection that is used here; both the client's and the worker's have it. */
export interface OperatorConnection {
  operatorService: {
    listSearchAttributes(request: { namespace: string }): Promise<{
      customAttributes?: Record<string, unknown> | null;
      systemAttributes?: Record<string, unknown> | null;
    }>;
    addSearchAttributes(request: {
      namespace: string;
      searchAttributes: Record<string, typeof KEYWORD>;
    }): Promise<unknown>;
  };
}

/** @returns the names that had to be added */
export async function registerSearchAttributes(connection: OperatorConnection, namespace: string): Promise<string[]> {
  const known = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = SEARCH_ATTRIBUTES.filter((name) => !known.customAttributes?.[name]);
  if (missing.length === 0) return [];
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
  });
  return missing;
}
