/** The command line `commerce-journeys` (CONTRACT section 6): data on stdout, words on stderr, exit 0 ok, 1 failed, 2 wrong use. */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { ImportCommand } from './commands/import.ts';
import { map, type MapOptions } from './commands/map.ts';
import type { PredictCommand } from './commands/predict.ts';
import type { ReplenishCommand } from './commands/replenish.ts';
import { rfm, RFM_FORMATS, type RfmCommand } from './commands/rfm.ts';
import { MODEL_NAMES, TIME_UNITS } from './domain/clv/purchaseModel.ts';
import { BODY_KINDS } from './domain/mapping/mapBody.ts';
import { currencyExponent } from './domain/money.ts';
import { FORMATS } from './import/importInput.ts';
import { IMPORT_KINDS, type ImportKindName } from './import/importKinds.ts';
import { ENCODINGS } from './import/records.ts';
import { dayOfText } from './offline/fieldValues.ts';
import { ROLES, type Role } from './roles.ts';
import { readSettings, SettingsError } from './settings.ts';

// Commands that need Temporal's SDK, Fastify or a store load them when they run: the others answer in a moment.
const EXIT_FAILED = 1;
const EXIT_WRONG_USE = 2;

function rolesOf(text: string): Role[] {
  const roles = text.split(',').map((role) => role.trim());
  const unknown = roles.filter((role) => !ROLES.some((known) => known === role));
  if (unknown.length > 0) throw new InvalidArgumentError(`${unknown.join(', ')}: choose from ${ROLES.join(', ')}.`);
  return roles as Role[];
}

function currencyOf(text: string): string {
  const currency = text.trim().toUpperCase();
  if (currencyExponent(currency) === null) throw new InvalidArgumentError('It has to be ISO 4217, such as EUR.');
  return currency;
}

/** @returns UTC day number */
function dayOf(text: string): number {
  const day = dayOfText(text);
  if (day === null) throw new InvalidArgumentError('It has to be a day such as 2026-11-22.');
  return day;
}

const ORDERS_HELP = `
FILE is CSV, also .gz; - is standard input. Its first line names its columns, further ones are passed over:
  customer_id,order_id,ordered_at,product_id,quantity,revenue
One line for each order line; order_id, product_id and quantity may be missing or empty. ordered_at is a day (2026-11-22) or a time
(2026-11-22T10:00:00Z); revenue is decimal, negative for returns. Lines after the day of --as-of are passed over.
A bad line ends the command with its number and the reason; with --skip-bad it is passed over and counted.`;

function numberBetween(low: number, high: number, hint: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!(value >= low && value <= high)) throw new InvalidArgumentError(hint);
    return value;
  };
}

const IMPORT_HELP = `
Columns are found by their names; the first line is the header.
  orders     customer_id, email or phone; ordered_at; revenue (of the line; or price and quantity); and as far as there are any:
             order_id, line_id, product_id, variant_id, sku, product_name, category, quantity, currency, discount,
             order_total, refunded, refunded_at, sales_channel, location, status. Negative quantity or revenue: a return.
             Shopify's own orders export is recognised.
  customers  customer_id, email or phone; email_consent, sms_consent, whatsapp_consent, push_consent (subscribed, unsubscribed,
             never, yes, no), consent_at, consent_source, tracks; every other column becomes a property.
             Shopify's own customers export is read the same way.
  events     NDJSON as for POST /v1/events, or the columns type, occurred_at, id, source, customer_id, email, product_id, …;
             every other column becomes a property.
  products   product_id; title, category, price, currency, cost, margin_percent, stock, backorder, url, image_url; for variants
             variant_id, variant_title, sku. WooCommerce's products export and product feeds are read the same way.

Imports start no journeys. The same file can be run any number of times, and an import that was stopped goes on where it was.
Rejected rows go to FILE.rejected with line number and reason in front: mend them there and import that file.

Exit codes: 0 imported (also when some rows were rejected), 1 failed or no row could be imported, 2 wrong use.`;

const program = new Command('commerce-journeys')
  .description('The journeys service behind n8n-nodes-commerce-journeys.')
  .exitOverride()
  .showHelpAfterError('Try --help.');

program
  .command('serve')
  .description('run the service: HTTP API, public gateway and Temporal worker')
  .option('--role <roles>', `which parts, separated by commas: ${ROLES.join(', ')}`, rolesOf, [...ROLES])
  .action(async (options: { role: Role[] }) => {
    const { serve } = await import('./commands/serve.ts');
    await serve(readSettings(process.env), options.role);
  });

program
  .command('migrate')
  .description("bring the store's schema up to date")
  .action(async () => {
    const { migrate } = await import('./commands/migrate.ts');
    await migrate(readSettings(process.env));
  });

program
  .command('doctor')
  .description('check every connection and say what to do')
  .action(async () => {
    const { doctor } = await import('./commands/doctor.ts');
    const healthy = await doctor(readSettings(process.env));
    if (!healthy) process.exitCode = EXIT_FAILED;
  });

program
  .command('import')
  .description('history into the store: orders, customers, events, products')
  .addArgument(new Argument('<kind>', 'what the file holds').choices(Object.keys(IMPORT_KINDS)))
  .argument('<file>', 'CSV or NDJSON, also .gz; - for standard input')
  .option('--dry-run', 'read and check everything, write nothing into the store')
  .option('--source <name>', "whose ids the file's are, such as the name of a connection (default: import)")
  .option('--currency <code>', 'ISO 4217 code of amounts in rows without a currency', currencyOf)
  .addOption(new Option('--format <format>', 'of the file (default: as it begins)').choices(FORMATS))
  .addOption(new Option('--encoding <encoding>', 'of the file').choices(ENCODINGS).default('utf-8'))
  .option('--rejected <file>', 'where rejected rows go (default: FILE.rejected)')
  .addHelpText('after', IMPORT_HELP)
  .action(async (kind: ImportKindName, file: string, options: Partial<Omit<ImportCommand, 'kind' | 'file'>>) => {
    const {
      dryRun = false,
      source = null,
      currency = null,
      format = null,
      encoding = 'utf-8',
      rejected = null,
    } = options;
    const settings = readSettings(process.env);
    const { importHistory } = await import('./commands/import.ts');
    const done = await importHistory(settings, { kind, file, dryRun, source, currency, format, encoding, rejected });
    if (!done) process.exitCode = EXIT_FAILED;
  });

program
  .command('map')
  .description('offline: print the canonical events that the body of a shop or tracker would become')
  .argument('<file>', 'the body, byte for byte; - for stdin')
  .addOption(new Option('--source <kind>', 'who sends it').choices(BODY_KINDS).makeOptionMandatory())
  .option('--topic <topic>', "the header's topic, such as orders/create: needed for Shopify and WooCommerce")
  .option('--currency <code>', 'for bodies that name none', currencyOf)
  .action(async (file: string, options: MapOptions, command: Command) => {
    if (options.source === 'shopify' && !options.topic) {
      command.error('error: bodies of Shopify do not say what they are: --topic is needed, such as orders/create');
    }
    if (!(await map(options, file))) process.exitCode = EXIT_FAILED;
  });

program
  .command('rfm')
  .description('offline: recency, frequency, money, scores and segment of every customer of an orders file')
  .requiredOption('--orders <file>', 'orders file; - for standard input')
  .requiredOption('--as-of <date>', 'the day that recency counts to; later lines are passed over', dayOf)
  .addOption(new Option('--format <format>', 'of the output').choices(RFM_FORMATS).default('csv'))
  .option('--currency <code>', 'ISO 4217 code: its minor units are those of money (default: hundredths)', currencyOf)
  .option('--skip-bad', 'pass over bad lines and count them')
  .addHelpText('after', ORDERS_HELP)
  .action(async (options: Pick<RfmCommand, 'orders' | 'asOf' | 'format'> & { currency?: string; skipBad?: true }) => {
    const minorDigits = currencyExponent(options.currency ?? '') ?? 2;
    await rfm({ ...options, skipBad: options.skipBad ?? false, minorDigits });
  });

const PREDICT_HELP = `
Purchases of one day are one; returns (quantity below 0, or revenue below 0 without a quantity) are left out. Days are UTC.
With too little data there are no numbers: the command ends with "not enough data: …", such as fewer than 10 customers who bought a
second time, one day of history, customers who do not differ, or a fit that finds no best parameters. A parameter that the data only
push towards a limit is named on stderr: predictions count, that number does not.
spend and value are in the unit of the revenue column. value is what the orders within the horizon bring, each discounted by its day.
Points are a JSON array of {model, params, x, tx, T, t}, for gamma-gamma {model, params, x, m}; nothing is fitted to them.`;

program
  .command('predict')
  .description('offline: how many orders customers will make and what they are worth; or the formulas alone')
  .option('--orders <file>', 'orders file; - for standard input')
  .option('--as-of <date>', 'the day that predictions begin after; later lines are passed over', dayOf)
  .addOption(new Option('--model <model>', 'of repeat purchases').choices(MODEL_NAMES).default('pareto-nbd'))
  .addOption(new Option('--unit <unit>', 'of time in the parameters').choices(Object.keys(TIME_UNITS)).default('day'))
  .option('--horizon <days>', 'how far ahead', numberBetween(0.01, 36_500, 'It is a number of days, up to 36500.'), 365)
  .option('--discount <rate>', 'a year', numberBetween(0, 10, 'It is a yearly rate such as 0.1 for 10 %.'), 0.1)
  .option('--skip-bad', 'pass over bad lines and count them', false)
  .option('--points <file>', 'JSON file; - for standard input')
  .addHelpText('after', ORDERS_HELP + PREDICT_HELP)
  .action(async (options: PredictOptions, command: Command) => {
    const { orders, asOf, points, horizon, discount, ...rest } = options;
    const { predict, predictPoints } = await import('./commands/predict.ts');
    if (points !== undefined) {
      if (orders !== undefined) command.error('error: --points are evaluated as they are: they go without --orders');
      await predictPoints(points);
      return;
    }
    if (orders === undefined) command.error('error: --orders FILE with --as-of DATE, or --points FILE is needed');
    if (asOf === undefined) command.error('error: --as-of DATE is needed, such as --as-of 2026-11-22');
    await predict({ ...rest, orders, asOf, horizonDays: horizon, discountRate: discount });
  });

type PredictOptions = Pick<PredictCommand, 'model' | 'unit' | 'skipBad'> &
  Partial<Pick<PredictCommand, 'orders' | 'asOf'>> & { horizon: number; discount: number; points?: string };

const EVENTS_HELP = `
Orders need the columns customer_id, product_id and ordered_at, and quantity where there is one; revenue tells returns where no quantity
does. Lines of one customer, product and day are one purchase. Events are purchases too, with the columns
  event_id,customer_id,product_id,ordered_at,quantity
and each gets the days after which, with 40, 50, 60 and 80 % probability, that customer has bought that product again. What everybody
does is learned from purchases up to --fit-until, what the customer does from theirs up to the day of the event.
A bad line ends the command with its number and the reason; with --skip-bad it is passed over and counted.`;

program
  .command('replenish')
  .description('offline: in how many days customers will buy a product again')
  .requiredOption('--orders <file>', 'orders file, CSV, also .gz; - for standard input')
  .requiredOption('--events <file>', 'purchases to be forecast from, CSV, also .gz; - for standard input')
  .option(
    '--fit-until <date>',
    'the last day that everybody is learned from (default: the last line of the orders)',
    dayOf,
  )
  .option('--skip-bad', 'pass over bad lines and count them')
  .addHelpText('after', EVENTS_HELP)
  .action(async (options: Pick<ReplenishCommand, 'orders' | 'events'> & { fitUntil?: number; skipBad?: true }) => {
    const { replenish } = await import('./commands/replenish.ts');
    await replenish({ ...options, fitUntil: options.fitUntil ?? null, skipBad: options.skipBad ?? false });
  });

const CUSTOMER = 'id of the customer, or an identifier: email=…, phone=…, externalId=…, deviceId=…';

program
  .command('erase')
  .description('remove a customer everywhere and end the runs')
  .argument('<customer>', CUSTOMER)
  .action(async (customer: string) => {
    const { eraseFromStore } = await import('./commands/privacy.ts');
    await eraseFromStore(readSettings(process.env), customer);
  });

program
  .command('export')
  .description('print everything held about a customer as JSON')
  .argument('<customer>', CUSTOMER)
  .action(async (customer: string) => {
    const { exportFromStore } = await import('./commands/privacy.ts');
    await exportFromStore(readSettings(process.env), customer);
  });

// What is written here, the store above all, is personal data: for this user's eyes only.
process.umask(0o077);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_WRONG_USE;
  } else {
    for (const line of error instanceof SettingsError ? error.problems : [(error as Error).message]) {
      console.error(line);
    }
    process.exitCode = EXIT_FAILED;
  }
}
