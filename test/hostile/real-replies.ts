/** A good end as each simulated platform really writes it, and a reader that is given other texts in its place. */
import type { Json } from '../../lib/domain/json.ts';
import { createHttpClient } from '../../lib/http/create-http-client.ts';
import type { HttpClient, HttpDownload, HttpReply } from '../../lib/http/http-client.ts';
import type { Look, ProviderSession, Started } from '../../lib/providers/provider.ts';
import { serveSimulator } from '../../lib/simulators/simulator.ts';
import { startRequest, unhurried } from '../contracts/provider/world.ts';
import type { ProviderVariant } from '../contracts/provider.ts';
import { VARIANTS } from '../providers/variants/all.ts';

export interface RealReply {
  readonly name: string;
  readonly variant: ProviderVariant;
  readonly text: string;
  /** With which the platform says in it that all went well. */
  readonly word: string;
  /** What a look, or a start where it is the only call, makes of another reply. */
  read(reply: FakeReply): Promise<Look | Started>;
}

export interface FakeReply {
  readonly text: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const NAMES = ['bryter', 'smart-flows', 'phixflow, asynchronous', 'invision', 'assist-edge, synchronous'];

let known: Promise<readonly RealReply[]> | undefined;

/** One of each platform, in the mode in which its replies tell most. */
export function realReplies(): Promise<readonly RealReply[]> {
  known ??= recordAll();
  return known;
}

async function recordAll(): Promise<readonly RealReply[]> {
  const replies: RealReply[] = [];
  for (const name of NAMES) {
    const variant = VARIANTS.find((candidate) => candidate.name === name);
    if (variant === undefined) throw new Error(`no variant ${name}`);
    replies.push(await recorded(variant));
  }
  return replies;
}

async function recorded(variant: ProviderVariant): Promise<RealReply> {
  const clock = { now: Date.UTC(2026, 0, 5, 9) };
  const simulator = await serveSimulator(variant.platform(clock));
  try {
    return await recordedAt(`${simulator.origin}${variant.directory ?? ''}`, variant, clock);
  } finally {
    await simulator.close();
  }
}

async function recordedAt(baseUrl: string, variant: ProviderVariant, clock: { now: number }): Promise<RealReply> {
  const { definition } = variant;
  const auth = definition.auth(definition.credentials.parse(variant.credentials), settingsOf(variant));
  let last: HttpReply | undefined;
  const client = createHttpClient({ baseUrl, auth });
  const session = sessionOver(variant, baseUrl, {
    ...client,
    send: async (request) => {
      last = await client.send(request);
      return last;
    },
  });
  const started = await session.start(startRequest(variant), unhurried);
  clock.now += 3_600_000;
  const handle = started.kind === 'accepted' ? (JSON.parse(JSON.stringify(started.handle)) as Json) : undefined;
  const end = handle === undefined ? started : await session.poll?.(handle, unhurried);
  if (end?.kind !== 'ended' || last === undefined) throw new Error(`${variant.name} did not end`);
  const { remoteStatus: word = '' } = end.verdict;
  return { name: variant.name, variant, text: last.text, word, read: reader(variant, handle) };
}

function settingsOf({ definition, settings }: ProviderVariant): unknown {
  return definition.settings.parse(settings ?? {});
}

function sessionOver(variant: ProviderVariant, baseUrl: string, http: HttpClient): ProviderSession {
  const { definition, target } = variant;
  return definition.connect({ settings: settingsOf(variant), target: definition.target.parse(target), baseUrl, http });
}

function reader(variant: ProviderVariant, handle: Json | undefined): RealReply['read'] {
  let given: FakeReply = { text: '' };
  const head = () => {
    const { status = 200, headers = {} } = given;
    return { status, header: (name: string) => (Object.hasOwn(headers, name) ? headers[name] : undefined) };
  };
  const http: HttpClient = {
    send: async () => ({ ...head(), text: given.text }),
    download: async (): Promise<HttpDownload> => ({ ...head(), body: once(given.text) }),
  };
  const session = sessionOver(variant, 'https://platform.example.com', http);
  return async (reply) => {
    given = reply;
    if (handle === undefined) return session.start(startRequest(variant), unhurried);
    const look = await session.poll?.(handle, unhurried);
    if (look === undefined) throw new Error('a platform without looks');
    return look;
  };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
