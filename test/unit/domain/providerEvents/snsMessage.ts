/** Notifications as Amazon SNS signs them, with a certificate made on the spot. */
import { createSign, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:mail';
export const CERTIFICATE_URL =
  'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem';

/** DER, tag by tag (ITU-T X.690); a certificate of RFC 5280 with nothing in it but the key. */
const tlv = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: Buffer[]) => tlv(0x30, ...parts);
const integer = (value: number) => tlv(0x02, Buffer.from([value]));
const time = (text: string) => tlv(0x17, Buffer.from(text));
/** sha256WithRSAEncryption, 1.2.840.113549.1.1.11 */
const ALGORITHM = sequence(tlv(0x06, Buffer.from([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b])), tlv(0x05));
/** CN = sns.amazonaws.com (2.5.4.3) */
const NAME = sequence(
  tlv(0x31, sequence(tlv(0x06, Buffer.from([0x55, 0x04, 0x03])), tlv(0x0c, Buffer.from('sns.amazonaws.com')))),
);

export class SnsSigner {
  readonly #key: KeyObject;
  /** PEM. */
  readonly certificate: string;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.#key = privateKey;
    const signed = sequence(
      integer(1),
      ALGORITHM,
      NAME,
      sequence(time('250101000000Z'), time('350101000000Z')),
      NAME,
      publicKey.export({ format: 'der', type: 'spki' }),
    );
    const signature = tlv(0x03, Buffer.from([0]), sign('sha256', signed, privateKey));
    const der = sequence(signed, ALGORITHM, signature).toString('base64');
    this.certificate = `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`;
  }

  /**
   * Field by field as https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html says.
   * @param message as JSON, for a notification
   */
  sign(fields: Record<string, string>, version: '1' | '2' = '2'): Record<string, string> {
    const full: Record<string, string> = {
      MessageId: '19ba9823-d7f2-53c1-860e-cb10e0d13dfc',
      TopicArn: TOPIC,
      Timestamp: '2026-11-22T12:00:00.000Z',
      ...fields,
    };
    const names =
      full['Type'] === 'Notification'
        ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
        : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
    const text = names.map((name) => (full[name] === undefined ? '' : `${name}\n${full[name]}\n`)).join('');
    const hash = version === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
    return {
      ...full,
      SignatureVersion: version,
      Signature: createSign(hash).update(text).sign(this.#key, 'base64'),
      SigningCertURL: CERTIFICATE_URL,
    };
  }

  notification(message: object, more: Record<string, string> = {}, version: '1' | '2' = '2'): Record<string, string> {
    return this.sign({ Type: 'Notification', Message: JSON.stringify(message), ...more }, version);
  }
}
