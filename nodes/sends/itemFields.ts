/** What the fields of a node that asks the send gate say for one item. */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { fieldText } from '../fields/fieldText.ts';
import { singleLine } from '../fields/singleLine.ts';

export class ItemFields {
  readonly json: IDataObject;
  readonly #context: IExecuteFunctions;
  readonly #itemIndex: number;
  readonly #options: IDataObject;

  constructor(context: IExecuteFunctions, itemIndex: number) {
    this.#context = context;
    this.#itemIndex = itemIndex;
    this.#options = context.getNodeParameter('options', itemIndex, {});
    this.json = context.getInputData()[itemIndex]?.json ?? {};
  }

  /** As the field has it. */
  value(name: string): unknown {
    return this.#context.getNodeParameter(name, this.#itemIndex, '');
  }

  text(name: string): string {
    return fieldText(this.value(name));
  }

  /** In one line. */
  line(name: string): string {
    return singleLine(this.text(name));
  }

  /** Rows of a fixedCollection with several values. */
  rows(name: string): IDataObject[] {
    const rows = this.value(name);
    return Array.isArray(rows) ? (rows as IDataObject[]) : [];
  }

  /** An entry of "Options", as it is; undefined when it was not added. */
  optionValue(name: string): unknown {
    return this.#options[name];
  }

  /** An entry of "Options", in one line. */
  option(name: string): string {
    return singleLine(fieldText(this.#options[name]));
  }

  /** An error of this item. @param wayOut what to do about it */
  error(message: string, wayOut: string): NodeOperationError {
    const itemIndex = this.#itemIndex;
    return new NodeOperationError(this.#context.getNode(), message, { itemIndex, description: wayOut });
  }
}
