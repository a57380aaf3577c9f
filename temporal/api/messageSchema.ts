/** The shape of a message: Liquid sources, the item that they are rendered over, and what is added to its links. */
import { Type, type Static } from 'typebox';
import { UTM_NAMES } from '../rendering/message.ts';

const Sources = {
  subject: Type.Optional(Type.String()),
  preheader: Type.Optional(Type.String({ description: 'The line that inboxes show beside the subject' })),
  html: Type.Optional(
    Type.String({ description: 'Of e-mail; a fragment becomes a whole document, a document stays as it is' }),
  ),
  mjml: Type.Optional(Type.String({ description: 'Instead of `html`, see https://documentation.mjml.io' })),
  text: Type.Optional(Type.String({ description: 'Made from the HTML when absent' })),
  fields: Type.Optional(
    Type.Record(Type.String({ minLength: 1, maxLength: 100 }), Type.String(), {
      maxProperties: 100,
      description:
        'Further texts by name, such as the title of a push message or the parameters of a WhatsApp template. `url` gets campaign parameters as links do',
    }),
  ),
};

export const Tracking = Type.Object(
  {
    opens: Type.Optional(Type.Boolean({ description: 'JOURNEYS_TRACK_OPENS when absent' })),
    clicks: Type.Optional(
      Type.Boolean({
        description:
          'JOURNEYS_TRACK_CLICKS when absent, in the HTML of e-mail; only `true` counts clicks in text messages too, whose addresses get longer by that',
      }),
    ),
    utm: Type.Optional(
      Type.Union([
        Type.Literal(false),
        Type.Object(Object.fromEntries(UTM_NAMES.map((name) => [name, Type.Optional(Type.String())]))),
      ]),
    ),
  },
  {
    additionalProperties: false,
    description:
      'Campaign parameters (Liquid) are added to web addresses that have none; by default source=journeys, medium=the channel, campaign=the journey, content=the node; "" leaves one out, `utm: false` all',
  },
);

export const Message = Type.Object(
  {
    ...Sources,
    translations: Type.Optional(
      Type.Record(Type.String(), Type.Object(Sources), {
        maxProperties: 100,
        description:
          'By language tag. A customer whose language is de-AT gets de-AT, else de, else the texts above; a part that a translation leaves out is the one above',
      }),
    ),
    data: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'The item' })),
    tracking: Type.Optional(Tracking),
  },
  {
    description:
      'Liquid templates and the item that they are rendered over. Beside the item they know `customer` (as the service knows them, where the item has none), `products` (the catalogue entries of the products that it names), `product` (the first of them), links.unsubscribe and links.preferences. Marketing e-mail that does not place links.unsubscribe gets a line with it at the end',
  },
);
export type Message = Static<typeof Message>;

export const Rendered = Type.Object({
  subject: Type.String(),
  html: Type.String(),
  text: Type.String(),
  fields: Type.Optional(Type.Record(Type.String(), Type.String())),
  headers: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: 'Of marketing e-mail: List-Unsubscribe and List-Unsubscribe-Post, to be sent with the message',
    }),
  ),
});
