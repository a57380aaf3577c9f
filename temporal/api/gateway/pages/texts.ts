/** All words that customers read on pages and in the unsubscribe line of messages. A language that lacks one does not compile. */
import type { Channel } from '../../../domain/event.ts';
import type { Language } from '../../../domain/language.ts';
import type { Track } from '../../../domain/tracks.ts';

export interface Texts {
  channels: Record<Channel, { name: string; messages: string }>;
  tracks: Record<Track, { name: string; hint: string }>;
  /** @param digits the last two of a phone number */
  numberEnding: (digits: string) => string;
  unsubscribe: {
    title: string;
    /** @param shop '' when it has no name */
    question: (messages: string, shop: string) => string;
    address: (address: string) => string;
    button: string;
    done: string;
    doneDetail: (messages: string, shop: string) => string;
    orders: string;
    back: string;
    backDone: string;
    backDetail: (messages: string, shop: string) => string;
  };
  preferences: {
    title: string;
    intro: string;
    channels: string;
    tracks: string;
    tracksHint: string;
    save: string;
    nothing: string;
    saved: string;
    link: string;
  };
  confirm: {
    title: string;
    question: (messages: string, shop: string) => string;
    button: string;
    ignore: string;
    done: string;
    doneDetail: (messages: string, shop: string) => string;
    already: string;
    expired: string;
    expiredDetail: string;
    superseded: string;
    supersededDetail: string;
  };
  nobody: { title: string; detail: string };
  sample: { title: string; detail: string };
  unknown: { title: string; detail: string };
  tooLarge: { title: string; detail: string };
  tooOften: { title: string; detail: string };
  later: { title: string; detail: string };
  /** The line below marketing messages. */
  footer: { unsubscribe: string; preferences: string };
}

const from = (word: string, shop: string) => (shop === '' ? '' : ` ${word} ${shop}`);

const english: Texts = {
  channels: {
    email: { name: 'E-mail', messages: 'e-mails' },
    sms: { name: 'Text messages (SMS)', messages: 'text messages' },
    whatsapp: { name: 'WhatsApp', messages: 'WhatsApp messages' },
    push: { name: 'Push notifications', messages: 'push notifications' },
  },
  tracks: {
    low_frequency: { name: 'Less often', hint: 'Only now and then, whatever it is about.' },
    product_news: { name: 'Product news only', hint: 'New products and tips, no campaigns.' },
    local_events: { name: 'Events near me', hint: 'What happens in our shops and in your region.' },
  },
  numberEnding: (digits) => `number ending in ${digits}`,
  unsubscribe: {
    title: 'Unsubscribe',
    question: (messages, shop) => `Would you like to stop receiving ${messages}${from('from', shop)}?`,
    address: (address) => `For: ${address}`,
    button: 'Unsubscribe',
    done: 'You are unsubscribed',
    doneDetail: (messages, shop) => `You will get no more ${messages}${from('from', shop)}.`,
    orders: 'Messages about your own orders, such as receipts, still reach you.',
    back: 'That was a mistake: subscribe again',
    backDone: 'You are subscribed again',
    backDetail: (messages, shop) => `You will go on receiving ${messages}${from('from', shop)}.`,
  },
  preferences: {
    title: 'Your preferences',
    intro: 'Choose how we may write to you, and about what.',
    channels: 'How we may write to you',
    tracks: 'What you would like to hear about',
    tracksHint: 'If you choose nothing here, you get everything.',
    save: 'Save',
    nothing: 'Unsubscribe from everything',
    saved: 'Your choices are saved.',
    link: 'Set my preferences',
  },
  confirm: {
    title: 'Please confirm',
    question: (messages, shop) => `Would you like to receive ${messages}${from('from', shop)}?`,
    button: 'Yes, subscribe me',
    ignore: 'If you did not ask for this, just close this page. You will not be subscribed.',
    done: 'Thank you, you are subscribed',
    doneDetail: (messages, shop) =>
      `From now on you will receive ${messages}${from('from', shop)}. You can unsubscribe at any time.`,
    already: 'You have confirmed already',
    expired: 'This link has expired',
    expiredDetail: 'If you still want to hear from us, please sign up once more. You will then get a new link.',
    superseded: 'This link no longer applies',
    supersededDetail:
      'You have unsubscribed since it was sent. If you have changed your mind, please sign up once more.',
  },
  nobody: {
    title: 'You will hear nothing more from us',
    detail: 'We no longer hold any data that this link could refer to.',
  },
  sample: { title: 'This link is from a test message', detail: 'It works, and nothing has been changed.' },
  unknown: {
    title: 'This link does not work',
    detail:
      'It may have been cut off or altered on its way. Please open it again from the message that you received, or copy it completely.',
  },
  tooLarge: { title: 'That was too much', detail: 'The form could not be read. Please open the link again.' },
  tooOften: { title: 'One moment, please', detail: 'This link was opened very often. Please try again in a minute.' },
  later: { title: 'That did not work', detail: 'Nothing has been changed. Please try again in a few minutes.' },
  footer: { unsubscribe: 'Unsubscribe', preferences: 'Preferences' },
};

const german: Texts = {
  channels: {
    email: { name: 'E-Mail', messages: 'E-Mails' },
    sms: { name: 'SMS', messages: 'SMS' },
    whatsapp: { name: 'WhatsApp', messages: 'WhatsApp-Nachrichten' },
    push: { name: 'Push-Mitteilungen', messages: 'Push-Mitteilungen' },
  },
  tracks: {
    low_frequency: { name: 'Seltener', hint: 'Nur ab und zu, egal zu welchem Thema.' },
    product_news: { name: 'Nur Produktneuheiten', hint: 'Neue Produkte und Tipps, keine Aktionen.' },
    local_events: {
      name: 'Veranstaltungen in meiner Nähe',
      hint: 'Was in unseren Geschäften und Ihrer Region los ist.',
    },
  },
  numberEnding: (digits) => `Nummer mit den Endziffern ${digits}`,
  unsubscribe: {
    title: 'Abmelden',
    question: (messages, shop) => `Möchten Sie keine ${messages} mehr${from('von', shop)} erhalten?`,
    address: (address) => `Für: ${address}`,
    button: 'Abmelden',
    done: 'Sie sind abgemeldet',
    doneDetail: (messages, shop) => `Sie erhalten keine ${messages} mehr${from('von', shop)}.`,
    orders: 'Nachrichten zu Ihren eigenen Bestellungen, etwa Rechnungen, bekommen Sie weiterhin.',
    back: 'Das war ein Versehen: wieder anmelden',
    backDone: 'Sie sind wieder angemeldet',
    backDetail: (messages, shop) => `Sie erhalten weiterhin ${messages}${from('von', shop)}.`,
  },
  preferences: {
    title: 'Ihre Einstellungen',
    intro: 'Wählen Sie, wie und worüber wir Ihnen schreiben dürfen.',
    channels: 'Wie wir Ihnen schreiben dürfen',
    tracks: 'Wovon Sie hören möchten',
    tracksHint: 'Wenn Sie hier nichts auswählen, erhalten Sie alles.',
    save: 'Speichern',
    nothing: 'Von allem abmelden',
    saved: 'Ihre Auswahl ist gespeichert.',
    link: 'Meine Einstellungen ändern',
  },
  confirm: {
    title: 'Bitte bestätigen',
    question: (messages, shop) => `Möchten Sie ${messages}${from('von', shop)} erhalten?`,
    button: 'Ja, bitte anmelden',
    ignore: 'Falls Sie das nicht angefordert haben, schließen Sie einfach diese Seite. Sie werden nicht angemeldet.',
    done: 'Danke, Sie sind angemeldet',
    doneDetail: (messages, shop) =>
      `Ab jetzt erhalten Sie ${messages}${from('von', shop)}. Sie können sich jederzeit abmelden.`,
    already: 'Sie haben bereits bestätigt',
    expired: 'Dieser Link ist abgelaufen',
    expiredDetail:
      'Wenn Sie weiterhin von uns hören möchten, melden Sie sich bitte noch einmal an. Sie erhalten dann einen neuen Link.',
    superseded: 'Dieser Link gilt nicht mehr',
    supersededDetail:
      'Sie haben sich seither abgemeldet. Wenn Sie es sich anders überlegt haben, melden Sie sich bitte noch einmal an.',
  },
  nobody: {
    title: 'Sie hören nichts mehr von uns',
    detail: 'Wir haben keine Daten mehr, auf die sich dieser Link beziehen könnte.',
  },
  sample: {
    title: 'Dieser Link stammt aus einer Testnachricht',
    detail: 'Er funktioniert, und es wurde nichts geändert.',
  },
  unknown: {
    title: 'Dieser Link funktioniert nicht',
    detail:
      'Vielleicht wurde er unterwegs abgeschnitten oder verändert. Bitte öffnen Sie ihn noch einmal aus der Nachricht, die Sie erhalten haben, oder kopieren Sie ihn vollständig.',
  },
  tooLarge: {
    title: 'Das war zu viel',
    detail: 'Das Formular war nicht lesbar. Bitte öffnen Sie den Link noch einmal.',
  },
  tooOften: {
    title: 'Einen Moment bitte',
    detail: 'Dieser Link wurde sehr oft geöffnet. Bitte versuchen Sie es in einer Minute noch einmal.',
  },
  later: {
    title: 'Das hat nicht geklappt',
    detail: 'Es wurde nichts geändert. Bitte versuchen Sie es in ein paar Minuten noch einmal.',
  },
  footer: { unsubscribe: 'Abmelden', preferences: 'Einstellungen' },
};

export const TEXTS: Readonly<Record<Language, Texts>> = { en: english, de: german };
