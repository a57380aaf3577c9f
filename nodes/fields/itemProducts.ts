/** Which order and products an item is about: the event that ended the last wait, or else the one that began the run. */
import type { IDataObject } from 'n8n-workflow';
import { fieldText } from './fieldText.ts';

/** Properties of those events, the newer one first. */
function propertiesOf(json: IDataObject): IDataObject[] {
  const run = json.run as IDataObject | undefined;
  return [json.event, run?.entry].flatMap((event) => {
    const properties = (event as IDataObject | null | undefined)?.properties as IDataObject | null | undefined;
    return typeof properties === 'object' && properties !== null ? [properties] : [];
  });
}

/** Each once; of the first event that names any. */
export function productsOfItem(json: IDataObject): string[] {
  for (const { productId, items } of propertiesOf(json)) {
    const own = fieldText(productId);
    if (own !== '') return [own];
    const lines = Array.isArray(items) ? (items as IDataObject[]) : [];
    const ids = lines.map((line) => fieldText(line?.productId)).filter((id) => id !== '');
    if (ids.length > 0) return [...new Set(ids)];
  }
  return [];
}

/** The one product that the run is about, or the event; '' when it is about none in particular. */
export function productOfItem(json: IDataObject): string {
  return (
    propertiesOf(json)
      .map(({ productId }) => fieldText(productId))
      .find((id) => id !== '') ?? ''
  );
}

/** '' when no event names one. */
export function orderOfItem(json: IDataObject): string {
  return (
    propertiesOf(json)
      .map(({ orderId }) => fieldText(orderId))
      .find((id) => id !== '') ?? ''
  );
}

/** Ids in a field: a list from an expression, or separated by commas. Each once. */
export function idsOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value.map(fieldText) : fieldText(value).split(',');
  return [...new Set(list.map((id) => id.trim()).filter((id) => id !== ''))];
}
