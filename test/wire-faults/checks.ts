/** What is checked of a cell beside its outcome. Each check gives the sentences of what is wrong. */
import { inspect } from 'node:util';
import type { Run } from '../../lib/domain/run.ts';
import type { Cell, Observed } from './cell.ts';
import type { Expectation } from './expectations.ts';
import { secretsOf, type WirePlatform } from './platforms.ts';
import type { Rig } from './rig.ts';
import { LIMITS } from './sessions.ts';

/** Two cores are shared by many. */
const TOLERANCE_MS = 1_500;
const MAX_FLOOD_BYTES = 48 * 1_048_576;

type Check = (rig: Rig, cell: Cell, expected: Expectation, observed: Observed) => string | undefined | false;

const CHECKS: readonly Check[] = [
  (_rig, _cell, expected, { outcome }) =>
    outcome !== expected.outcome && `expected "${expected.outcome}", but the record says "${outcome}"`,

  (_rig, _cell, { error }, observed) =>
    observed.error?.name !== error &&
    `expected ${error ?? 'no error'}, but came ${observed.error?.name ?? 'none'}: ${observed.error?.message ?? ''}`,

  (_rig, _cell, { says }, { error }) =>
    says !== undefined && !says.test(error?.message ?? '') && `the error does not say ${says}: ${error?.message}`,

  ({ door: { seen } }, { fault }, { outcome }) =>
    outcome !== 'no call' &&
    outcome !== 'accepted' &&
    fault.strike.at !== 'port' &&
    seen.strikes === 0 &&
    'the fault has struck nothing',

  ({ door: { seen } }, _cell, { outcome }) =>
    outcome === 'no call' && seen.connections > 0 && `${seen.connections} connections, but there is no such call`,

  ({ door: { seen } }, _cell, { error }) =>
    error === 'RequestNotSentError' && seen.bytes > 0 && `"not sent", but ${seen.bytes} bytes of requests arrived`,

  ({ door: { seen } }, { platform }) => {
    const raw = Buffer.concat(seen.raw).toString('latin1');
    const leaked = ['HTTP/1.1', ...secretsOf(platform)].find((text) => raw.includes(text));
    return leaked !== undefined && 'a request left without TLS';
  },

  ({ door: { seen } }) => seen.elsewhere > 0 && `${seen.elsewhere} connections went to another host`,

  (rig, { operation, platform }) => {
    const meant = rig.door.seen.requests.filter((line) => platform.requests[operation]?.test(line) === true);
    return meant.length > 1 && `the request was sent ${meant.length} times within one call`;
  },

  (rig, { operation }, { outcome }) => {
    const { passed } = rig.door.seen;
    const wanted = operation === 'start' ? passed : 1;
    if (outcome === 'accepted' && passed !== 1) return `accepted, but the platform heard of ${passed} starts`;
    return rig.starts() !== wanted && `the platform has ${rig.starts()} jobs instead of ${wanted}`;
  },

  (_rig, { operation }, _expected, { before, after }) =>
    operation !== 'start' && after.attempt !== before.attempt && 'another attempt was begun',

  (_rig, { operation }, _expected, { tookMs }) => {
    // A fetch may need three calls, of which one is struck.
    const limitMs = LIMITS.totalMs + TOLERANCE_MS + (operation === 'fetch' ? 500 : 0);
    return (
      tookMs > limitMs && `it took ${Math.round(tookMs)} ms, though no call may take longer than ${LIMITS.totalMs} ms`
    );
  },

  (_rig, { fault }, _expected, { memoryBytes }) =>
    fault.isFlood === true &&
    memoryBytes > MAX_FLOOD_BYTES &&
    `it took ${Math.round(memoryBytes / 1_048_576)} MB of memory`,

  (rig, { platform }, _expected, observed) =>
    secretIn(rig, platform, observed) && 'a secret is in an error, the record or the log',
];

/** What is wrong with the struck call. */
export function checkStruck(rig: Rig, cell: Cell, expected: Expectation, observed: Observed): readonly string[] {
  return CHECKS.map((check) => check(rig, cell, expected, observed)).filter((problem) => typeof problem === 'string');
}

function secretIn({ world, errors }: Rig, platform: WirePlatform, { after, state }: Observed): boolean {
  const shown = errors.map((error) => inspect(error, { depth: 8, showHidden: true }));
  const sinks = [...shown, ...errors.map(String), JSON.stringify(after), JSON.stringify(state), ...world.logged];
  return secretsOf(platform).some((secret) => sinks.some((text) => text.includes(secret)));
}

/** What is wrong once all is well again: nothing is lost, nothing is started twice. */
export function checkAftermath(rig: Rig, cell: Cell, { outcome }: Expectation, run: Run): readonly string[] {
  const { platform, operation } = cell;
  const problems: (string | false)[] = [];
  if (operation === 'start') problems.push(...afterStart(rig, platform, outcome, run));
  else problems.push(rig.starts() !== 1 && `the platform has ${rig.starts()} jobs instead of 1`);
  if (outcome === 'no call' || operation === 'poll')
    problems.push(run.status !== platform.ended && `afterwards it is ${run.status}, not ${platform.ended}`);
  else if (operation === 'fetch' && outcome !== 'too large') problems.push(...afterFetch(rig, platform, run));
  return problems.filter((problem) => typeof problem === 'string');
}

function afterStart(rig: Rig, platform: WirePlatform, outcome: string, run: Run): readonly (string | false)[] {
  const isOpenQuestion = outcome === 'in doubt' && !platform.canFind;
  if (isOpenQuestion)
    return [
      run.fallout?.reason !== 'AMBIGUOUS_START' && `afterwards it is ${run.status}, not fallout for a person`,
      rig.starts() > 1 && `the platform has ${rig.starts()} jobs`,
    ];
  return [
    run.remoteId === undefined && `afterwards it is ${run.status} without a remote id`,
    run.attempt !== 1 && `it needed attempt ${run.attempt}`,
    rig.starts() !== 1 && `afterwards the platform has ${rig.starts()} jobs instead of 1`,
  ];
}

function afterFetch({ kept }: Rig, { output }: WirePlatform, run: Run): readonly (string | false)[] {
  if (run.status !== 'SUCCEEDED') return [`afterwards it is ${run.status}`];
  if (output === undefined || 'value' in output)
    return [
      JSON.stringify(run.output?.value) !== JSON.stringify(output?.value) && 'another value was kept than was sent',
    ];
  const hashes = run.output?.files.map(({ sha256 }) => sha256) ?? [];
  return [
    (hashes.length !== 1 || hashes[0] !== output.sha256) && 'the file in the record is not the one that was sent',
    kept.some((hash) => hash !== output.sha256) && 'bytes were kept that are not the whole file',
  ];
}
