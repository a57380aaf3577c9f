/** A shop's address as its credential has it, and the connection's name made of it. */
import type { IDataObject } from 'n8n-workflow';
import { fieldText } from '../fields/fieldText.ts';

const LONGEST_NAME = 64;

/** @returns without trailing slash, e.g. `https://my-shop.myshopify.com` */
export function shopifyAddress(credentials: IDataObject): string {
  const given = fieldText(credentials.baseUrl).trim();
  return trimmed(given || `https://${shopifyDomain(credentials)}`);
}

export function shopifyDomain(credentials: IDataObject): string {
  const host = trimmed(
    fieldText(credentials.shopDomain)
      .trim()
      .replace(/^https?:\/\//i, ''),
  );
  return (host.includes('.') ? host : `${host}.myshopify.com`).toLowerCase();
}

export function wooCommerceAddress(credentials: IDataObject): string {
  const given = trimmed(fieldText(credentials.shopUrl).trim());
  return /^https?:\/\//i.test(given) ? given : `https://${given}`;
}

/** `my-shop.myshopify.com` → `my-shop`; `https://www.example.com/store` → `example.com-store` */
export function connectionNameOf(address: string): string {
  const place = address
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/^www\./, '')
    .replace(/\.myshopify\.com$/, '');
  return place
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, LONGEST_NAME);
}

const trimmed = (text: string): string => text.replace(/\/+$/, '');
