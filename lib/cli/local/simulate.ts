/** `errand simulate`, `npm run simulators`: the five platforms alone, until Ctrl-C. */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PROVIDER_IDS } from '../../domain/config.ts';
import { SAMPLE_SECRETS, startFleet } from '../../simulators/fleet.ts';
import { SIMULATOR_PORT } from '../../simulators/sample-url.ts';
import { typed } from '../config/typed.ts';
import { parsePort, UsageError } from './options.ts';

const HELP = `Starts the five simulated platforms on 127.0.0.1.

  npm run simulators -- [options]

  --port N     first of five consecutive ports (default ${SIMULATOR_PORT}; 0 takes any free ones)
  --data DIR   folder in which they remember their jobs (default: in memory)
  --help       this text

Each tells about itself: GET /_simulator/requests, GET /_simulator/jobs. A fault is planted like this:

  curl -X POST http://127.0.0.1:${SIMULATOR_PORT}/_simulator/faults \\
    -d '{"method":"POST","path":"sessions","fault":{"kind":"reset-after"}}'

Kinds of faults: reply, reply-after, reset, reset-after, hang, hang-after, delay, cut-body, drip.`;

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        data: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nTry "npm run simulators -- --help".`);
  }
}

/** @returns the exit code; what is in the way is on the standard error. */
export async function runSimulators(args: readonly string[]): Promise<number> {
  try {
    await main(args);
    return 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const taken =
      code === 'EADDRINUSE' ? 'A port is taken. Choose others with --port N; 0 takes any free ones.' : undefined;
    console.error(error instanceof UsageError ? error.message : (taken ?? error));
    return 2;
  }
}

async function main(args: readonly string[]): Promise<void> {
  const { port: given, data, help } = parseOptions(args);
  if (help) return console.log(HELP);
  const port = parsePort(given, SIMULATOR_PORT);
  if (data !== undefined) mkdirSync(data, { recursive: true, mode: 0o700 });
  const fleet = await startFleet({
    ...(port === 0 ? {} : { firstPort: port }),
    ...(data === undefined ? {} : { dir: data }),
  });
  for (const id of PROVIDER_IDS) console.log(`${id.padEnd(12)} ${fleet[id].origin}`);
  console.log(`\nThey accept these secrets:\n${JSON.stringify(SAMPLE_SECRETS, null, 2)}`);
  const place = port === SIMULATOR_PORT ? [] : ['--url', fleet.bryter.origin];
  console.log(
    `\nA first flow on one of them, from another shell:\n  ${typed(['init', '--simulator', 'bryter', ...place])}`,
  );
  console.log('\nCtrl-C stops them.');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void fleet.close());
}
