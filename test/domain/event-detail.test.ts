import { describe, expect, it } from 'vitest';
import { NEWS } from '../../lib/contract.ts';
import { MAX_DETAIL_BYTES, RUN_NEWS, runEventDetail, slotEventDetail } from '../../lib/domain/event-detail.ts';
import { EVENT_SCHEMAS } from '../../lib/domain/event-schemas.ts';
import { signEvent } from '../../lib/domain/event-signature.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { Status } from '../../lib/domain/status.ts';
import { newRun } from '../helpers/runs.ts';

const CANARY = 'canary-7f3e9c5d';
const AT = '2026-03-02T08:00:00.000Z';

/** Everything a record can hold, with a canary wherever an event must not look. */
const FULL: Run = {
  ...newRun(),
  status: 'WAITING_FOR_INPUT',
  version: 7,
  writeId: CANARY,
  remoteStatus: 'waiting',
  remoteId: 'remote-1',
  handle: { token: CANARY },
  progress: { percentage: 10, message: CANARY },
  waitingFor: { kind: 'input', url: 'https://acme.example.com/q/1', form: { field: CANARY }, answerable: true },
  browserUrl: `https://acme.example.com/${CANARY}`,
  intent: { owner: CANARY, at: AT, fenceUntil: AT },
  verdict: { status: 'FAILED', error: { code: CANARY, message: CANARY } },
  error: { code: 'PROVIDER_FAILED', message: 'It did not work.', details: [CANARY] },
  fallout: { reason: 'AMBIGUOUS_START', evidence: { parameters: { name: CANARY } }, publishedAt: AT },
  cancel: { requestedAt: AT, remote: 'unconfirmed' },
  lateVerdict: { status: 'FAILED', remoteStatus: CANARY },
  answer: { sealed: CANARY, at: AT },
  pastAttempts: [{ attempt: 1, status: 'FAILED', endedAt: AT, error: CANARY }],
  output: {
    value: { secret: CANARY },
    valueKey: CANARY,
    files: [{ name: CANARY, mediaType: 'text/plain', bytes: 3, sha256: CANARY, key: CANARY }],
    bytes: 3,
  },
  orphans: [CANARY],
  businessKey: 'case-1',
  tags: { team: 'hr' },
  input: { parameters: { name: CANARY }, sensitive: [CANARY], sealed: CANARY, key: CANARY },
  requestedBy: CANARY,
  rerunOf: newRun().id,
  startedAt: AT,
  endedAt: AT,
  executionName: CANARY,
  nextLookAt: AT,
  expectedEndAt: AT,
  plan: {
    atSeconds: [61],
    lookCostSeconds: 4,
    usual: { p50Ms: 60_000, p95Ms: 90_000, p99Ms: 95_000, runs: 64, ...{ more: CANARY } },
  },
  historyKey: CANARY,
  slowSince: AT,
  heldBack: { why: 'busy', since: CANARY, times: 2 },
  events: [{ seq: 1, at: AT, type: 'waiting', message: CANARY, data: { x: CANARY } }],
};

const STATUS: Readonly<Record<(typeof RUN_NEWS)[number], Status>> = {
  'Run Accepted': 'ACCEPTED',
  'Run Started': 'QUEUED',
  'Run Waiting For Input': 'WAITING_FOR_INPUT',
  'Run Slow': 'RUNNING',
  'Run Ended': 'SUCCEEDED',
  'Run Fell Out': 'FALLOUT',
};

describe('the detail of an event', () => {
  it('tells of the run what its receivers may know, and nothing else of what the record holds', () => {
    const detail = runEventDetail(NEWS.waiting, FULL);
    expect(detail).toEqual({
      schemaVersion: 1,
      type: 'Run Waiting For Input',
      eventId: `${FULL.id}-7`,
      runId: FULL.id,
      version: 7,
      flowId: 'onboard',
      connection: 'acme',
      provider: 'bryter',
      status: 'WAITING_FOR_INPUT',
      remoteStatus: 'waiting',
      remoteId: 'remote-1',
      attempt: 1,
      maxAttempts: 1,
      trigger: 'api',
      businessKey: 'case-1',
      tags: { team: 'hr' },
      occurredAt: FULL.updatedAt,
      createdAt: FULL.createdAt,
      startedAt: AT,
      endedAt: AT,
      deadline: FULL.deadline,
      expectedEndAt: AT,
      nextLookAt: AT,
      usual: { p50Ms: 60_000, p95Ms: 90_000, p99Ms: 95_000, runs: 64 },
      error: { code: 'PROVIDER_FAILED', message: 'It did not work.' },
      fallout: { reason: 'AMBIGUOUS_START' },
      waitingFor: { kind: 'input', url: 'https://acme.example.com/q/1' },
      cancel: { requestedAt: AT, remote: 'unconfirmed' },
      output: { available: true, files: 1, bytes: 3 },
      rerunOf: FULL.rerunOf,
    });
    expect(JSON.stringify(detail)).not.toContain(CANARY);
  });

  it('says nothing of a field that the record does not have', () => {
    const detail = runEventDetail(NEWS.accepted, newRun());
    expect(Object.values(detail)).not.toContain(undefined);
    for (const name of ['error', 'usual', 'nextLookAt', 'expectedEndAt']) expect(detail).not.toHaveProperty(name);
    const planned = { atSeconds: [1], lookCostSeconds: 1 };
    expect(runEventDetail(NEWS.started, newRun({ plan: planned }))).not.toHaveProperty('usual');
  });

  it.each(RUN_NEWS)('is what the schema of "%s" describes, whole and with no field more', (type) => {
    const detail = runEventDetail(type, { ...FULL, status: STATUS[type] });
    const signed = signEvent('key', detail, Date.parse(AT));
    expect(EVENT_SCHEMAS[type].strict().parse(signed)).toEqual(signed);
  });

  it.each([NEWS.slotMissed, NEWS.slotSkipped])('is what the schema of "%s" describes, too', (type) => {
    const detail = slotEventDetail(type, { flowId: 'plan', slot: AT, at: AT, reason: 'The last run is still going.' });
    const outcome = type === NEWS.slotMissed ? 'missed' : 'skipped';
    expect(detail).toMatchObject({ eventId: `plan-${AT}-${outcome}`, slot: AT, outcome });
    const signed = signEvent('key', detail, Date.parse(AT));
    expect(EVENT_SCHEMAS[type].strict().parse(signed)).toEqual(signed);
    expect(slotEventDetail(type, { flowId: 'plan', slot: AT, at: AT })).not.toHaveProperty('reason');
  });

  it('stays so small that ten of them fit one call of the bus: tags go first, and say so', () => {
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`tag-${n}`, 'ü'.repeat(256)]));
    const error = { code: 'INPUT_REJECTED', message: 'x'.repeat(50_000) };
    const waitingFor = { kind: 'input', url: `https://acme.example.com/${'x'.repeat(50_000)}` } as const;
    const detail = runEventDetail(NEWS.fellOut, { ...FULL, tags, error, waitingFor, remoteId: 'r'.repeat(50_000) });
    expect(Buffer.byteLength(JSON.stringify(detail))).toBeLessThan(MAX_DETAIL_BYTES);
    expect(detail).toMatchObject({ tagsOmitted: true, waitingFor: { kind: 'input' } });
    expect(detail).not.toHaveProperty('tags');
    const few = { ...FULL, tags: { team: 'hr' } };
    expect(runEventDetail(NEWS.fellOut, few)).not.toHaveProperty('tagsOmitted');
  });
});
