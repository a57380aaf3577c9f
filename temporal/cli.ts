/** The command line `commerce-journeys` (CONTRACT section 6): data on stdout, words on stderr, exit 0 ok, 1 failed, 2 wrong use. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { doctor } from './commands/doctor.ts';
import { migrate } from './commands/migrate.ts';
import { serve } from './commands/serve.ts';
import { ROLES, type Role } from './service.ts';
import { readSettings, SettingsError } from './settings.ts';

const EXIT_FAILED = 1;
const EXIT_WRONG_USE = 2;

function rolesOf(text: string): Role[] {
  const roles = text.split(',').map((role) => role.trim());
  const unknown = roles.filter((role) => !ROLES.some((known) => known === role));
  if (unknown.length > 0) throw new InvalidArgumentError(`${unknown.join(', ')}: choose from ${ROLES.join(', ')}.`);
  return roles as Role[];
}

const program = new Command('commerce-journeys')
  .description('The journeys service behind n8n-nodes-commerce-journeys.')
  .exitOverride()
  .showHelpAfterError('Try --help.');

program
  .command('serve')
  .description('run the service: HTTP API, public gateway and Temporal worker')
  .option('--role <roles>', `which parts, separated by commas: ${ROLES.join(', ')}`, rolesOf, [...ROLES])
  .action(async (options: { role: Role[] }) => {
    await serve(readSettings(process.env), options.role);
  });

program
  .command('migrate')
  .description("bring the store's schema up to date")
  .action(async () => {
    await migrate(readSettings(process.env));
  });

program
  .command('doctor')
  .description('check every connection and say what to do')
  .action(async () => {
    const healthy = await doctor(readSettings(process.env));
    if (!healthy) process.exitCode = EXIT_FAILED;
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
