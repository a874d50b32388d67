/** The simulated platforms with a pen: what they answered is kept, so that later versions can be answered the same. */
import { Hono } from 'hono';
import { PROVIDER_IDS, type ProviderId } from '../../lib/domain/config.ts';
import { createAssistEdgePlatform } from '../../lib/simulators/assist-edge.ts';
import { createBryterPlatform } from '../../lib/simulators/bryter.ts';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import { createInvisionPlatform } from '../../lib/simulators/invision.ts';
import { createPhixflowPlatform } from '../../lib/simulators/phixflow.ts';
import { type Platform, type Simulator, serveSimulator } from '../../lib/simulators/simulator.ts';
import { createSmartFlowsPlatform } from '../../lib/simulators/smart-flows.ts';

/** One request to a platform, and its reply. */
export interface Exchange {
  readonly provider: ProviderId;
  readonly atMs: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Which request of ours it carries, where it says. */
  readonly tag?: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** As text, or in base64 where it is none. The platform's own origin is written `ORIGIN`. */
  readonly body: string;
  readonly isBase64?: true;
  /** The connection was cut instead. */
  readonly isLost?: true;
}

/** In the place of the platform's address, which is another each time. */
export const ORIGIN = 'http://platform.invalid';
/** Whoever starts a job with this in its parameters never hears of it. */
export const LOST = 'reply-lost';

/** Of the request that a body to a platform is about. */
export const tagOf = (body: string): string | undefined => /(?:up|twice|reply-lost)(?:-\d+)?(?![-\w])/.exec(body)?.[0];

const KEPT_HEADERS = ['content-type', 'location', 'retry-after'];

const secretOf = (name: ProviderId) => SAMPLE_SECRETS[`errand/sample-${name}`] ?? {};
const keyOf = (name: ProviderId) => String(secretOf(name).apiKey);

const PLATFORMS: Readonly<Record<ProviderId, () => Platform>> = {
  bryter: () => createBryterPlatform({ apiKey: keyOf('bryter') }),
  'smart-flows': () => createSmartFlowsPlatform({ apiKey: keyOf('smart-flows') }),
  phixflow: () => createPhixflowPlatform({ token: keyOf('phixflow') }),
  'assist-edge': () =>
    createAssistEdgePlatform({ username: 'svc-errand', password: String(secretOf('assist-edge').password) }),
  invision: () => createInvisionPlatform({ apiKey: keyOf('invision') }),
};

interface Connected {
  readonly outgoing: { readonly socket: { resetAndDestroy(): void } | null };
}

function penned(provider: ProviderId, platform: Platform, keep: (exchange: Exchange) => void): Hono {
  const outer = new Hono();
  outer.all('*', async ({ req: { raw }, env }) => {
    const atMs = Date.now();
    const { origin, pathname, search } = new URL(raw.url);
    const body = raw.body === null ? undefined : await raw.text();
    const { method, headers, url } = raw;
    const asked = new Request(url, { method, headers, ...(body !== undefined && { body }) });
    const reply = await platform.app.fetch(asked, env);
    const bytes = Buffer.from(await reply.clone().arrayBuffer());
    const isText = Buffer.from(bytes.toString()).equals(bytes);
    const isLost = method === 'POST' && body?.includes(LOST) === true;
    const tag = tagOf(body ?? '');
    keep({
      provider,
      atMs,
      method,
      path: pathname + search,
      ...(tag !== undefined && { tag }),
      status: reply.status,
      headers: Object.fromEntries([...reply.headers].filter(([name]) => KEPT_HEADERS.includes(name))),
      body: isText ? bytes.toString().replaceAll(origin, ORIGIN) : bytes.toString('base64'),
      ...(!isText && { isBase64: true }),
      ...(isLost && { isLost }),
    });
    if (isLost) (env as Connected).outgoing.socket?.resetAndDestroy();
    return reply;
  });
  return outer;
}

export type RecordedPlatforms = Readonly<Record<ProviderId, Simulator>>;

export async function startRecordedPlatforms(
  keep: (exchange: Exchange) => void,
  cleanUp: (task: () => Promise<void>) => void,
): Promise<RecordedPlatforms> {
  const started = await Promise.all(
    PROVIDER_IDS.map(async (id) => {
      const platform = PLATFORMS[id]();
      const simulator = await serveSimulator({ app: penned(id, platform, keep), jobs: platform.jobs });
      cleanUp(() => simulator.close());
      return [id, simulator] as const;
    }),
  );
  return Object.fromEntries(started) as unknown as RecordedPlatforms;
}
