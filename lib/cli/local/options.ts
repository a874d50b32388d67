import { parseArgs } from 'node:util';

export const START_HELP = `Starts Errand on this machine: API, store, secrets, state machine, functions, and for the sample the five platforms.

  npm start -- [options]

  --config FILE   configuration, .ts or .json (default: what "errand init" wrote last, else errand.config.ts)
  --sample        the sample with its platforms, whatever "errand init" has written
  --port N        port of the API on 127.0.0.1 (default 8787; 0 takes any free one)
  --data DIR      where everything is kept (default .errand)
  --no-demo       do not run the sample flows
  --once          exit when the sample runs have ended: 0 all as expected, 1 otherwise
  --json          print the result as JSON on the last line; what happens goes to standard error
  --help          this text

Examples
  npm start                                   the sample, and it stays up
  npm start -- --once                         the sample, then exit
  npm start -- --config my.config.ts --port 8800 --data .errand-mine

Exit codes: 0 ok, 1 a sample run did not end as expected, 2 could not start.`;

const DEFAULT_PORT = 8_787;

export interface StartOptions {
  readonly config: string | undefined;
  readonly port: number;
  readonly data: string;
  readonly demo: boolean;
  readonly once: boolean;
  readonly json: boolean;
  readonly help: boolean;
  /** The sample, whatever else could be meant. */
  readonly sample: boolean;
}

/** A wrong option; the message names it and the remedy. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @param args what stands behind the program's name. @throws UsageError */
export function parseStartOptions(args: readonly string[]): StartOptions {
  const { values } = parse(args);
  const port = parsePort(values.port, DEFAULT_PORT);
  const demo = values['no-demo'] !== true;
  if (values.once && !demo)
    throw new UsageError('--once waits for the sample runs, and --no-demo makes none. Use one of them.');
  if (values.once && values.config !== undefined)
    throw new UsageError('--once runs the sample, which has a configuration of its own. Leave --config out.');
  if (values.sample && values.config !== undefined)
    throw new UsageError('--sample and --config each say which configuration is meant. Use one of them.');
  return {
    config: values.config,
    port,
    data: values.data ?? '.errand',
    demo: demo && values.config === undefined,
    once: values.once ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
    sample: values.sample ?? false,
  };
}

/** @throws UsageError */
export function parsePort(given: string | undefined, otherwise: number): number {
  const port = Number(given ?? otherwise);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError(`--port takes a whole number from 0 to 65535, got "${given}".`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        port: { type: 'string' },
        data: { type: 'string' },
        'no-demo': { type: 'boolean' },
        once: { type: 'boolean' },
        json: { type: 'boolean' },
        sample: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
      strict: true,
      allowPositionals: false,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${why}\nTry "npm start -- --help".`);
  }
}
