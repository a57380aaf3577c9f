/** What a shop's answers mean, in words for the operator who publishes the workflow. */
import type { INode, JsonObject } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

export interface ShopErrorFacts {
  /** What to do. */
  description: string;
  httpCode?: string;
  /** It may work a little later, and what was asked may have been done all the same. */
  isTransient?: boolean;
}

export class ShopError extends Error {
  readonly description: string;
  readonly httpCode: string | undefined;
  readonly isTransient: boolean;

  constructor(message: string, { description, httpCode, isTransient = false }: ShopErrorFacts) {
    super(message);
    this.name = 'ShopError';
    this.description = description;
    this.httpCode = httpCode;
    this.isTransient = isTransient;
  }
}

/** n8n shows message and description where the workflow was published; anything but a ShopError goes on as it is. */
export function asNodeError(node: INode, error: unknown): unknown {
  if (!(error instanceof ShopError)) return error;
  const { message, description, httpCode } = error;
  const cause: JsonObject = { message };
  return new NodeApiError(node, cause, { message, description, ...(httpCode ? { httpCode } : {}) });
}

/** One line for `/ready` and the log. */
export function inOneLine(error: unknown): string {
  if (error instanceof ShopError) return `${error.message}. ${error.description}`;
  if (error instanceof NodeApiError || error instanceof NodeOperationError)
    return [error.message, error.description].filter(Boolean).join('. ');
  return error instanceof Error ? error.message : String(error);
}
