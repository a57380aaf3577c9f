/** Addresses on public pages: enough to recognise one's own, too little for somebody who was forwarded the link. */

/** `a***@example.com` */
export function maskedEmail(email: string): string {
  const at = email.lastIndexOf('@');
  const [first = ''] = email;
  return `${at > 0 ? first : ''}***${email.slice(at)}`;
}

/** `***67`: the last two digits. */
export const maskedPhone = (phone: string): string => `***${phone.slice(-2)}`;
