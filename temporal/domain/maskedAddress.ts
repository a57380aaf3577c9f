/** Addresses on public pages: enough to recognise one's own, too little for somebody who was forwarded the link. */

/** `a***@example.com` */
export function maskedEmail(email: string): string {
  const at = email.lastIndexOf('@');
  const [first = ''] = email;
  return `${at > 0 ? first : ''}***${email.slice(at)}`;
}

/** What of a phone number may be shown. */
export const lastDigits = (phone: string): string => phone.slice(-2);
