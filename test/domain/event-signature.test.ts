import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../lib/domain/canonical-json.ts';
import { signEvent, verifyEvent } from '../../lib/domain/event-signature.ts';

const KEY = 'k'.repeat(64);
const NOW = Date.parse('2026-03-02T08:00:00.900Z');
const DETAIL = { eventId: 'run_1-3', status: 'SUCCEEDED', tags: { z: 'ü', a: '"1"' }, attempt: 1 };
const signed = signEvent(KEY, DETAIL, NOW);

describe('a signed event', () => {
  it('has a signature that anybody can compute who knows the rule', () => {
    const text =
      '1772438400.run_1-3.{"attempt":1,"eventId":"run_1-3","status":"SUCCEEDED","tags":{"a":"\\"1\\"","z":"ü"}}';
    const digest = createHmac('sha256', KEY).update(text).digest('hex');
    expect(signed).toEqual({ ...DETAIL, signature: `t=1772438400,v1=${digest}` });
    expect(verifyEvent(KEY, signed, NOW)).toBe(true);
  });

  it('is whole in whatever order its fields arrive', () => {
    const { signature, tags: _, ...rest } = signed;
    const shuffled = JSON.parse(JSON.stringify({ tags: { a: '"1"', z: 'ü' }, signature, ...rest }));
    expect(verifyEvent(KEY, shuffled, NOW)).toBe(true);
    expect(verifyEvent(Buffer.from(KEY), shuffled, NOW)).toBe(true);
  });

  it.each([
    ['a field was changed', { ...signed, status: 'FAILED' }],
    ['a field was added', { ...signed, more: true }],
    ['a field was taken away', (({ attempt: _, ...rest }) => rest)(signed)],
    ['it was given to another event', { ...signed, eventId: 'run_1-4' }],
    ['the time was moved', { ...signed, signature: signed.signature.replace('t=1772438400', 't=1772438401') }],
    [
      'the digest is another',
      { ...signed, signature: `${signed.signature.slice(0, -1)}${signed.signature.endsWith('0') ? '1' : '0'}` },
    ],
    ['the digest is too short', { ...signed, signature: signed.signature.slice(0, -2) }],
    ['the digest is too long', { ...signed, signature: `${signed.signature}00` }],
    ['it has no digest', { ...signed, signature: 't=1772438400' }],
    ['it has no time', { ...signed, signature: signed.signature.replace(/^t=\d+,/, '') }],
    ['it is of another version', { ...signed, signature: signed.signature.replace('v1=', 'v0=') }],
    ['it is no text', { ...signed, signature: 1 }],
    ['there is none', DETAIL],
    ['the event has no id', (({ eventId: _, ...rest }) => rest)(signed)],
    ['there is no event', undefined],
    ['the event is a list', [signed]],
  ])('is refused when %s', (_, detail) => {
    expect(verifyEvent(KEY, detail, NOW)).toBe(false);
  });

  it('is refused with another key', () => {
    expect(verifyEvent('k'.repeat(63), signed, NOW)).toBe(false);
    expect(verifyEvent('', signed, NOW)).toBe(false);
  });

  it('is refused when it is older, or newer, than the tolerance', () => {
    const at = Math.floor(NOW / 1_000) * 1_000;
    expect(verifyEvent(KEY, signed, at + 300_000)).toBe(true);
    expect(verifyEvent(KEY, signed, at + 300_001)).toBe(false);
    expect(verifyEvent(KEY, signed, at - 300_001)).toBe(false);
    expect(verifyEvent(KEY, signed, at + 3 * 86_400_000, 3 * 86_400_000)).toBe(true);
  });
});

describe('canonical JSON', () => {
  it('has sorted keys at every level, and lists as they are', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }, 'x'], a: true })).toBe('{"a":true,"b":[{"c":null,"d":1},"x"]}');
  });
});
