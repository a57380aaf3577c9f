/** Products, as the catalogue has them. */
import type { IDataObject } from 'n8n-workflow';

export interface ProductAnswer {
  ref: string;
  product: IDataObject | null;
}
