/**
 * Words by which people stop, restart or ask about text messages. Only a whole message that is such a word counts: "please do
 * not stop" and "Stop by tomorrow?" are conversation.
 */

/**
 * Twilio's default opt-out words STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE, OPTOUT
 * (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out); OPT OUT in two words is on the FCC's list of what always
 * revokes consent (47 CFR 64.1200(a)(10)); STOP ALL is Telnyx's; REMOVE and the French ARRET are on that of AWS
 * (https://docs.aws.amazon.com/sms-voice/latest/userguide/keywords-required.html). The German ones are what German and Austrian
 * senders offer.
 */
const STOP_WORDS = [
  ...['STOP', 'STOPALL', 'STOP ALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT', 'OPT OUT', 'REMOVE'],
  ...['ARRET', 'ARRÊT'],
  ...['STOPP', 'STOPPEN', 'ABMELDEN', 'ABMELDUNG', 'ABBESTELLEN', 'AUSTRAGEN', 'KÜNDIGEN', 'KUENDIGEN', 'ENDE'],
];

/** Twilio's START, UNSTOP and YES (same page); YES is also the answer to any other question. */
const START_WORDS = ['START', 'UNSTOP', 'ANMELDEN', 'ANMELDUNG'];
const YES_WORDS = ['YES', 'JA'];

/** Twilio's HELP and INFO. */
const HELP_WORDS = ['HELP', 'INFO', 'HILFE'];

/** `yes`: agrees to whatever was asked, which may have been an opt-in. `other`: a message for people. */
export type SmsKeyword = 'stop' | 'start' | 'yes' | 'help' | 'other';

const KEYWORDS = new Map<string, SmsKeyword>([
  ...STOP_WORDS.map((word) => [word, 'stop'] as const),
  ...START_WORDS.map((word) => [word, 'start'] as const),
  ...YES_WORDS.map((word) => [word, 'yes'] as const),
  ...HELP_WORDS.map((word) => [word, 'help'] as const),
]);

/** Upper case, full-width letters made narrow (NFKC), no punctuation around or instead of blanks, and no emoji. */
function normalised(text: string): string {
  return text
    .normalize('NFKC')
    .toLocaleUpperCase('en')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}

export function smsKeyword(text: string): SmsKeyword {
  return KEYWORDS.get(normalised(text)) ?? 'other';
}
