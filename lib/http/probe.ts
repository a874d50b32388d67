/** How far the way to a server is open: its name, a connection, its certificate. Nothing is sent. */
import { isIP, type LookupFunction } from 'node:net';
import { FORBIDDEN_ADDRESS, guardLookup, isLoopbackHost, refuseAddress } from './addresses.ts';
import { openSocket } from './connect.ts';

export interface ProbeOptions {
  readonly signal: AbortSignal;
  /** Instead of the system's name resolution. */
  readonly lookup?: LookupFunction;
  /** PEM; instead of the authorities that Node trusts. */
  readonly trustedAuthorities?: string;
}

export type ProbeStep = 'address' | 'connection' | 'tls';

export interface Probed {
  /** What went well, in order. */
  readonly passed: readonly ProbeStep[];
  /** Where the name leads. */
  readonly addresses: readonly string[];
  /** What did not, and the system's code for it; `TIMED_OUT` where nothing came in time. */
  readonly failed?: { readonly step: ProbeStep; readonly code: string };
}

/** @param baseUrl one that a connection may have. */
export async function probe(baseUrl: string, options: ProbeOptions): Promise<Probed> {
  const base = new URL(baseUrl);
  const lookup = guardLookup(options.lookup, isLoopbackHost(base.hostname));
  const steps: readonly (readonly [ProbeStep, () => Promise<unknown>])[] = [
    ['connection', () => opened(base, lookup, options, false)],
    ...(base.protocol === 'https:' ? [['tls', () => opened(base, lookup, options, true)] as const] : []),
  ];
  const addresses = await within(options.signal, addressesOf(base, lookup)).catch(codeOf);
  if (typeof addresses === 'string') return { passed: [], addresses: [], failed: { step: 'address', code: addresses } };
  const passed: ProbeStep[] = ['address'];
  for (const [step, take] of steps) {
    const code = await take().then(() => undefined, codeOf);
    if (code !== undefined) return { passed, addresses, failed: { step, code } };
    passed.push(step);
  }
  return { passed, addresses };
}

async function addressesOf({ hostname }: URL, lookup: LookupFunction): Promise<readonly string[]> {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) {
    if (refuseAddress(host, isLoopbackHost(hostname)) === undefined) return [host];
    throw Object.assign(new Error('forbidden'), { code: FORBIDDEN_ADDRESS });
  }
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, found) => {
      if (error) reject(error);
      else resolve(typeof found === 'string' ? [found] : found.map(({ address }) => address));
    });
  });
}

function opened(base: URL, lookup: LookupFunction, options: ProbeOptions, isTls: boolean): Promise<void> {
  const { signal, trustedAuthorities } = options;
  const { socket, ready } = openSocket(base, lookup, trustedAuthorities, isTls);
  const standing = new Promise<void>((resolve, reject) => {
    socket.once(ready, () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  });
  return within(signal, standing).finally(() => {
    socket.on('error', () => undefined);
    socket.destroy();
  });
}

function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const late = () => Object.assign(new Error('too late'), { code: 'TIMED_OUT' });
  if (signal.aborted) return Promise.reject(late());
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(late());
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : 'UNKNOWN';
}
