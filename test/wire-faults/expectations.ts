/** What must come of each of the 360 cells: a few rules, and the exceptions with their reasons. */
import type { ProviderId } from '../../lib/domain/config.ts';
import type { FaultName } from './faults.ts';
import type { Operation, WirePlatform } from './platforms.ts';

/** What the record says. */
export type Outcome =
  /** The platform has it, once. */
  | 'accepted'
  /** Nothing left; the start is tried again by itself. */
  | 'not sent'
  /** Perhaps accepted: never sent again, but looked up where the platform can be asked, else given to a person. */
  | 'in doubt'
  /** The verdict was read. */
  | 'seen'
  /** Nothing is known of the job, and nothing was concluded. */
  | 'nothing learnt'
  /** The output is kept, and equal to the last byte. */
  | 'whole'
  /** Nothing is kept or shown; the verdict stands and the fetch is tried again. */
  | 'nothing kept'
  /** It ends as fallout, because the output is more than is taken. */
  | 'too large'
  /** The platform has no such call: nobody is asked. */
  | 'no call';

export interface Expectation {
  readonly outcome: Outcome;
  /** The class of the error behind it, and what its message says. */
  readonly error?: string;
  readonly says?: RegExp;
}

const TIME_LIMIT = /its time limit was reached/;
const TOO_LARGE = /is larger than \d+ bytes/;
const BROKEN = /the reply broke off \([A-Z_]+\)/;
const NO_CONNECTION = /not sent, because there was no connection \(\w+\)/;
const UNTRUSTED = /not sent, because the server is not the one it should be \(\w+\)/;

/** The call succeeds: the fault is a nuisance. */
const PASSES: readonly FaultName[] = ['latency', 'slow_close', 'slicer'];

/** No byte of the request left. */
const NOT_SENT: Readonly<Partial<Record<FaultName, RegExp>>> = {
  down: /ECONNREFUSED/,
  reset_on_accept: NO_CONNECTION,
  tls_expired: UNTRUSTED,
  tls_self_signed: UNTRUSTED,
  tls_wrong_host: UNTRUSTED,
  tls_plain_port: NO_CONNECTION,
  tls_stalled_handshake: /not sent, because the connection took too long/,
};

/** It left, and no usable reply came back. */
const LOST: Readonly<Partial<Record<FaultName, RegExp>>> = {
  bandwidth: TIME_LIMIT,
  timeout: TIME_LIMIT,
  reset_peer: BROKEN,
  limit_data: BROKEN,
  header_drip: TIME_LIMIT,
  endless_chunked: TOO_LARGE,
  wrong_length: BROKEN,
  early_fin: /the reply is not JSON|does not say how long it is/,
  large_header: BROKEN,
  garbage_protocol: BROKEN,
  gzip_bomb: TOO_LARGE,
  brotli_bomb: TOO_LARGE,
  redirect: /a redirect to [\w.:]+, which is not followed/,
  stale_keep_alive: BROKEN,
};

const GOOD: Readonly<Record<Operation, Outcome>> = { start: 'accepted', poll: 'seen', fetch: 'whole' };
const BAD: Readonly<Record<Operation, Outcome>> = { start: 'in doubt', poll: 'nothing learnt', fetch: 'nothing kept' };

interface Exception {
  readonly faults: readonly FaultName[];
  readonly provider?: ProviderId;
  readonly operation: Operation;
  readonly expected: Expectation;
  readonly because: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    faults: ['stale_keep_alive'],
    operation: 'start',
    expected: { outcome: 'accepted' },
    because: 'a start has a connection of its own',
  },
  {
    faults: ['early_fin'],
    provider: 'bryter',
    operation: 'start',
    expected: { outcome: 'accepted' },
    because: 'the session is also named by the header Location, which came whole',
  },
  {
    faults: ['endless_chunked', 'gzip_bomb', 'brotli_bomb'],
    provider: 'smart-flows',
    operation: 'fetch',
    expected: { outcome: 'too large', error: 'OutputTooLargeError', says: TOO_LARGE },
    because: 'a document that never ends stays so however often it is fetched',
  },
];

export function expectationOf(fault: FaultName, platform: WirePlatform, operation: Operation): Expectation {
  if (platform.requests[operation] === undefined) return { outcome: 'no call' };
  const exception = EXCEPTIONS.find(
    (one) =>
      one.faults.includes(fault) &&
      one.operation === operation &&
      (one.provider === undefined || one.provider === platform.provider),
  );
  if (exception !== undefined) return exception.expected;
  if (PASSES.includes(fault)) return { outcome: GOOD[operation] };
  const unsent = NOT_SENT[fault];
  const outcome = unsent !== undefined && operation === 'start' ? 'not sent' : BAD[operation];
  const says = unsent ?? LOST[fault];
  if (says === undefined) throw new Error(`Nothing is expected of ${fault}.`);
  return { outcome, error: unsent === undefined ? 'ReplyLostError' : 'RequestNotSentError', says };
}
