/** Sources of the events that the service makes itself, about what a customer did on its pages, wrote back or was told. */

/** Our own pages; also who changed something there, in the audit. */
export const PAGE = 'page';
/** What became of messages, whoever tells it. */
export const MESSAGES = 'messages';
/** News of products. */
export const CATALOGUE = 'catalogue';
/** What was calculated of customers: segments, products that run out. */
export const SCORES = 'scores';

const INBOUND_CHANNELS = ['sms', 'whatsapp'] as const;
/** Of these channels customers can write back. */
export type InboundChannel = (typeof INBOUND_CHANNELS)[number];

/** Messages that customers have written back. */
export const inboundSource = (channel: InboundChannel): string => `inbound:${channel}`;

export const OWN_SOURCES: readonly string[] = [
  PAGE,
  CATALOGUE,
  MESSAGES,
  SCORES,
  ...INBOUND_CHANNELS.map(inboundSource),
];
