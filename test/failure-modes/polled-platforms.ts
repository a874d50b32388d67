/** The platforms that are asked how a run is going, each in its plainest mode, on a real socket. */
import { onTestFinished } from 'vitest';
import type { JsonObject } from '../../lib/domain/json.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { type Simulator, serveSimulator } from '../../lib/simulators/simulator.ts';
import type { Polling } from '../contracts/provider/variant.ts';
import type { ProviderVariant } from '../contracts/provider.ts';
import { openSession } from '../helpers/session.ts';
import { createWorld, testConfig, type World, type WorldOptions } from '../helpers/world.ts';
import { VARIANTS } from '../providers/variants/all.ts';

export type PolledVariant = ProviderVariant & { readonly polling: Polling };

const NAMES = ['bryter', 'smart-flows', 'phixflow, asynchronous', 'invision'];

export const POLLED = VARIANTS.filter(
  (variant): variant is PolledVariant => NAMES.includes(variant.name) && variant.polling !== undefined,
);

/** The word with which a platform says that all went well. */
export function goodWordOf({ polling }: PolledVariant): string {
  const [word] = Object.entries(polling.words).find(([, meaning]) => meaning === 'SUCCEEDED') ?? [];
  if (word === undefined) throw new Error('a platform without a good end');
  return word;
}

/** A look answered with this word, about no run in particular. */
export function wordReply({ polling }: PolledVariant, word: string) {
  const body = JSON.stringify(polling.body(word, ''), (_key, value) => (value === '' ? undefined : value));
  return { kind: 'reply', status: 200, body, headers: { 'content-type': 'application/json' } } as const;
}

export interface PolledOptions {
  readonly flow?: object;
  /** Which session a key opens; default: the platform's own key, always. */
  readonly open?: (sessionOf: (credentials: JsonObject) => ProviderSession) => WorldOptions['open'];
}

export interface PolledWorld {
  readonly world: World;
  readonly simulator: Simulator;
  /** Requests that start a run. */
  starts(): number;
  /** Accepts a run and follows it to its end. */
  finish(): Promise<Awaited<ReturnType<World['run']>>>;
}

/** The use cases in front of a simulated platform on the same clock. */
export async function polledWorld(
  variant: PolledVariant,
  platformOf: (clock: { now: number }) => ReturnType<ProviderVariant['platform']> = variant.platform,
  { flow = {}, open }: PolledOptions = {},
): Promise<PolledWorld> {
  const clock = {
    get now() {
      return world.now();
    },
    set now(ms: number) {
      world.advance(ms - world.now());
    },
  };
  const simulator = await serveSimulator(platformOf(clock));
  onTestFinished(() => simulator.close());
  const { definition, directory = '', target, settings = {}, credentials, parameters } = variant;
  const sessionOf = (of: JsonObject) =>
    openSession(definition, { baseUrl: `${simulator.origin}${directory}`, target, settings, credentials: of });
  const declared = Object.fromEntries(Object.keys(parameters).map((name) => [name, { type: 'text' }]));
  const opened = open?.(sessionOf);
  const world: World = createWorld({
    session: sessionOf(credentials),
    config: testConfig({ parameters: declared, deadline: '2h', ...flow }),
    ...(opened === undefined ? {} : { open: opened }),
  });
  return {
    world,
    simulator,
    starts: () =>
      simulator.requests.filter(({ method, path }) => method === 'POST' && new RegExp(variant.startPath).test(path))
        .length,
    async finish() {
      const { id } = await world.accept({ parameters });
      await world.drive(id);
      return world.run(id);
    },
  };
}
