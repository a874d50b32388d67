/** The simulated platforms' logic behind the real HTTP client, without a socket: what a fault makes of a request or a reply. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { LIST_LAG_SECONDS } from '../../lib/contract.ts';
import type { ProviderId } from '../../lib/domain/config.ts';
import { broken, interrupted } from '../../lib/http/failures.ts';
import type { Call, OpenReply, Transport } from '../../lib/http/open-reply.ts';
import type { Platform } from '../../lib/simulators/simulator.ts';
import type { Effect } from './fault-kinds.ts';
import { providerAt } from './platforms.ts';
import type { Stage, Strokes } from './stage.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The connection breaks off after so many bytes. */
  readonly cutAfter?: number;
}

export interface WireCall {
  readonly kind: Effect;
  readonly host: string;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface WireOptions {
  readonly stage: Stage;
  readonly platformAt: (host: string) => Platform;
  /** The clock of the platforms. */
  readonly platformNow: () => number;
  /** What the platform is to read for what was sent to it. */
  readonly translate: (provider: ProviderId, text: string) => string;
  /** Hears of every request that leaves, before it arrives. */
  readonly onSent: (call: WireCall) => void;
  readonly onAnswered: (answer: Answer) => void;
}

const text = (status: number, body: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/html', ...headers },
  body: Buffer.from(body),
});

const PAGE = '<!doctype html><html><body><h1>Please sign in</h1></body></html>';
const HUGE = Buffer.alloc(300_000, '{"a":');
/** Field names under which the platforms say how a job is going. */
const WORDS = /"(state|status|Status|STATUS)":"[^"]*"/g;

export function createWire(options: WireOptions): OpenReply {
  const { stage } = options;
  const earlier = new Map<string, Answer>();
  const mislead = createMisleading(stage);

  return async (transport, call, authorisation) => {
    const kind: Effect = call.once
      ? 'call-start'
      : stage.current.getStore()?.name === 'fetch-output'
        ? 'call-fetch'
        : 'call-read';
    const sent: WireCall = {
      kind,
      host: transport.base.host,
      method: call.method,
      target: call.target,
      headers: { ...authorisation, ...call.headers },
      body: call.body,
    };
    const act = async () => {
      // As a socket does once its connection stands.
      call.watch.look();
      if (call.watch.signal.aborted) throw interrupted(call.subject, call.watch.why(), false, call.watch.signal.reason);
      options.onSent(sent);
      return within(call, ask(options, transport, sent));
    };
    const later = (ms: number) => {
      options.onSent(sent);
      stage.thread.elsewhere(ms, async () => void (await ask(options, transport, sent)));
    };
    const answer = await stage.effect(kind, act, strokesOf(stage, call, { earlier, later, mislead }));
    options.onAnswered(answer);
    if (call.method === 'GET' && answer.status === 200 && answer.cutAfter === undefined)
      earlier.set(call.target, answer);
    return incoming(answer);
  };
}

async function ask(options: WireOptions, { base }: Transport, sent: WireCall): Promise<Answer> {
  const provider = providerAt(sent.host);
  const translated = (text: string) => options.translate(provider, text);
  const headers = Object.entries(sent.headers).map(([name, value]): [string, string] => [name, translated(value)]);
  const response = await options.platformAt(sent.host).app.fetch(
    new Request(`${base.origin}${sent.target}`, {
      method: sent.method,
      headers,
      ...(sent.body === undefined || sent.body === '' ? {} : { body: translated(sent.body) }),
    }),
  );
  const body = new Uint8Array(await response.arrayBuffer());
  const own = { 'content-length': String(body.length), date: new Date(options.platformNow()).toUTCString() };
  return { status: response.status, headers: { ...Object.fromEntries(response.headers), ...own }, body };
}

/** The platform goes on when we have gone. */
function within<Value>({ subject, watch }: Call, work: Promise<Value>): Promise<Value> {
  const { signal } = watch;
  return new Promise((resolve, reject) => {
    const stop = () => reject(interrupted(subject, watch.why(), true, signal.reason));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

const nothing = new Promise<never>(() => {});

/** A job shows in its platform's list so long after its call has ended, or sooner. */
const LATEST_MS = (LIST_LAG_SECONDS - 2) * 1_000;

interface Means {
  /** By target. */
  readonly earlier: ReadonlyMap<string, Answer>;
  /** What was sent arrives so much later. */
  readonly later: (ms: number) => void;
  /** Whether this answer may keep a job from its run. */
  readonly mislead: (answer: Answer) => boolean;
}

function strokesOf({ thread }: Stage, call: Call, { earlier, later, mislead }: Means): Strokes<Answer> {
  const { subject } = call;
  const before = (code: string) => async () => {
    throw broken(subject, { code }, false);
  };
  const reset = () => broken(subject, { code: 'ECONNRESET' }, true);
  const instead = (answer: Answer) => async () => answer;
  const after = (change: (answer: Answer) => Answer) => async (act: () => Promise<Answer>) => change(await act());
  return {
    refused: before('ECONNREFUSED'),
    'tls-failed': before('CERT_HAS_EXPIRED'),
    'reset-refused': async () => {
      throw reset();
    },
    'reset-accepted': async (act) => {
      await act();
      throw reset();
    },
    'reset-accepted-late': async () => {
      later(thread.random() * LATEST_MS);
      throw reset();
    },
    'server-error-refused': instead(text(502, PAGE)),
    'server-error-accepted': after(() => text(504, PAGE)),
    'timeout-accepted': async (act) => {
      await act();
      return within(call, nothing);
    },
    'slow-success': async (act) => {
      const answer = await act();
      await within(call, thread.sleep(thread.random() * 9_000));
      return answer;
    },
    'garbage-reply': after(({ status }) => text(status, '{"', { 'content-type': 'application/json' })),
    'html-reply': after(() => text(200, PAGE)),
    'short-reply': after((answer) => ({ ...answer, cutAfter: Math.floor(answer.body.length * thread.random()) })),
    'huge-reply': after((answer) => ({ ...answer, body: HUGE })),
    'status-401': instead(text(401, '')),
    'status-404': instead(text(404, '')),
    'status-429': instead(text(429, '', { 'retry-after': String(1 + Math.floor(thread.random() * 40)) })),
    'unknown-word': after((answer) => ({
      ...answer,
      body: Buffer.from(Buffer.from(answer.body).toString('utf8').replace(WORDS, '"$1":"Frobnicating"')),
    })),
    'empty-list': after((answer) => (mislead(answer) ? { ...answer, body: Buffer.from('[]') } : answer)),
    'backward-word': async (act) => earlier.get(call.target) ?? act(),
    'foreign-reply': async (act) => {
      const others = [...earlier].filter(([target]) => target !== call.target && isAlike(target, call.target));
      return others.at(-1)?.[1] ?? act();
    },
  };
}

const isList = ({ status, body }: Answer) => status === 200 && body[0] === '['.charCodeAt(0);

/** So long a list that is cut or late may lie, and a little less than what is waited between two of them. */
const LIES_MS = (LIST_LAG_SECONDS - 2) * 1_000;

/** Once for each run a list may lie for a while: nobody could tell one that always does from a platform without the job. */
function createMisleading({ current, thread }: Stage): (answer: Answer) => boolean {
  const begun = new Map<string | undefined, number>();
  return (answer) => {
    const runId = current.getStore()?.runId;
    const beganMs = begun.get(runId) ?? thread.now();
    if (!isList(answer) || thread.now() > beganMs + LIES_MS) return false;
    begun.set(runId, beganMs);
    return true;
  };
}

/** The same question about another job. */
function isAlike(one: string, other: string): boolean {
  const shape = (target: string) => target.replace(/[0-9a-f-]{36}|[\w-]{22}(?=$|\/|\?)|\d{5,}/g, '*');
  return shape(one) === shape(other);
}

/** What the client reads as the head and body of a reply. */
function incoming({ status, headers, body, cutAfter }: Answer): IncomingMessage {
  let isRead = false;
  const reply = new Readable({
    read() {
      if (isRead) return;
      isRead = true;
      const whole = cutAfter === undefined;
      if (body.length > 0) this.push(whole ? body : body.subarray(0, cutAfter));
      if (whole) this.push(null);
      else this.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    },
  });
  const distinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return Object.assign(reply, { statusCode: status, headers, headersDistinct: distinct }) as unknown as IncomingMessage;
}
