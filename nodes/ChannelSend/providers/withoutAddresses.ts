/** Errors are stored and shown: they carry the provider's words, never e-mail addresses, phone numbers or push tokens. */
export function withoutAddresses(text: string): string {
  return text
    .replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;]+/g, 'address')
    .replace(/\+\d[\d ().-]{5,}\d|\b\d{9,}\b/g, 'number')
    .replace(/[\w:-]{60,}/g, 'token')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}
