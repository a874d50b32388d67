/** A server that answers as the platforms answered when a call was recorded. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { RecordedCall } from './host.ts';
import { type Exchange, ORIGIN, tagOf } from './recorded-platforms.ts';

export interface ReplayedPlatforms {
  readonly origin: string;
  /** From now on it answers as it did during this call. */
  turnTo(call: RecordedCall): void;
  /** Requests that nobody has made at the time, as method and path. */
  readonly unknown: readonly string[];
}

/** Clocks of two processes, and a reply under way. */
const LEEWAY_MS = 100;
const NO_BODY: readonly number[] = [204, 304];

/** Queries hold time limits, which go by the moment. */
const pathOf = (path: string) => path.split('?')[0] ?? '';
const nameOf = ({ method, path, tag = '' }: Pick<Exchange, 'method' | 'path' | 'tag'>) =>
  `${method} ${pathOf(path)} ${tag}`;

export async function startReplayedPlatforms(
  exchanges: readonly Exchange[],
  cleanUp: (task: () => Promise<void>) => void,
): Promise<ReplayedPlatforms> {
  const byName = Map.groupBy(exchanges, nameOf);
  const unknown: string[] = [];
  let during = { fromMs: 0, toMs: 0 };
  let asked = new Map<string, number>();

  /** The replies of that time one after the other; the last stays, and stands for any other time as well. */
  function next(name: string): Exchange | undefined {
    const all = byName.get(name) ?? [];
    const own = all.filter(({ atMs }) => atMs >= during.fromMs && atMs <= during.toMs);
    const nth = asked.get(name) ?? 0;
    asked.set(name, nth + 1);
    return own[Math.min(nth, own.length - 1)] ?? all.findLast(({ atMs }) => atMs <= during.toMs) ?? all[0];
  }

  const server = createServer((incoming, outgoing) => {
    void buffer(incoming).then((asking) => {
      const tag = tagOf(asking.toString());
      const { method = 'GET', url = '/' } = incoming;
      const name = nameOf({ method, path: url, ...(tag !== undefined && { tag }) });
      const exchange = next(name);
      if (exchange === undefined) {
        unknown.push(name);
        return void outgoing.writeHead(500).end();
      }
      if (exchange.isLost) return void outgoing.socket?.resetAndDestroy();
      const own = `http://${incoming.headers.host}`;
      const { status, headers, body, isBase64 } = exchange;
      const bytes = isBase64 ? Buffer.from(body, 'base64') : Buffer.from(body.replaceAll(ORIGIN, own));
      const length = NO_BODY.includes(status) ? {} : { 'content-length': bytes.length };
      outgoing.writeHead(status, { ...headers, ...length }).end(NO_BODY.includes(status) ? undefined : bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    unknown,
    turnTo({ atMs, endedAtMs }) {
      during = { fromMs: atMs - LEEWAY_MS, toMs: endedAtMs + LEEWAY_MS };
      asked = new Map();
    },
  };
}
