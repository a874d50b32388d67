import { expect, describe as given, it } from 'vitest';
import {
  HandlerTimeoutError,
  InvalidInputError,
  ProviderRefusedError,
  SecretUnavailableError,
  StoreUnavailableError,
} from '../../lib/domain/errors.ts';
import { createScrubber } from '../../lib/domain/redact.ts';
import { describe, progressOf, sentence, verdictOf, waitingForOf, word } from '../../lib/workflow/words.ts';

const SECRET = 'canary-key';
const scrubber = createScrubber([SECRET]);
const LONG = `${SECRET}\n${'x'.repeat(5_000)}`;

given('what a platform says', () => {
  it('is kept as a word of 64 characters or a sentence of 500, on one line and without our secrets', () => {
    expect(word(scrubber, LONG)).toBe(`*** ${'x'.repeat(59)}…`);
    expect(sentence(scrubber, LONG)).toBe(`*** ${'x'.repeat(495)}…`);
    expect(word(scrubber, 'Running')).toBe('Running');
  });
});

given('progress', () => {
  it('stays between nothing and all, whatever a platform counts', () => {
    for (const [said, kept] of [
      [-1, 0],
      [0, 0],
      [42, 42],
      [100, 100],
      [250, 100],
    ] as const)
      expect(progressOf(scrubber, { percentage: said })).toEqual({ percentage: kept });
  });

  it('has only what was said of it', () => {
    expect(progressOf(scrubber, undefined)).toBeUndefined();
    expect(progressOf(scrubber, {})).toStrictEqual({});
    expect(progressOf(scrubber, { message: `row ${SECRET}` })).toStrictEqual({ message: 'row ***' });
  });
});

given('what a platform waits for', () => {
  it('keeps the link and the form, without our secrets', () => {
    const form = { fields: [{ name: 'key', value: SECRET }] };
    expect(waitingForOf(scrubber, `https://a.example/${SECRET}`, form)).toStrictEqual({
      kind: 'input',
      url: 'https://a.example/***',
      form: { fields: [{ name: 'key', value: '***' }] },
    });
    expect(waitingForOf(scrubber, undefined, undefined)).toStrictEqual({ kind: 'input' });
  });

  it('drops a form that a record could not hold, by its bytes', () => {
    const formOf = (text: string) => waitingForOf(scrubber, undefined, { a: text }).form;
    const room = 32_768 - JSON.stringify({ a: '' }).length;
    expect(formOf('x'.repeat(room))).toBeDefined();
    expect(formOf('x'.repeat(room + 1))).toBeUndefined();
    expect(formOf('é'.repeat(room / 2))).toBeDefined();
    expect(formOf(`${'é'.repeat(room / 2)}x`)).toBeUndefined();
  });
});

given('a verdict', () => {
  it('has only what the platform said', () => {
    expect(verdictOf(scrubber, { status: 'SUCCEEDED' })).toStrictEqual({ status: 'SUCCEEDED' });
    const error = { code: 'PROVIDER_FAILED', message: 'no' };
    expect(verdictOf(scrubber, { status: 'FAILED', error })).toStrictEqual({ status: 'FAILED', error });
  });

  it('keeps its reason and class, and its words without our secrets', () => {
    const verdict = verdictOf(scrubber, {
      status: 'FALLOUT',
      remoteStatus: `broke ${SECRET}`,
      error: { code: 'OUTPUT_INVALID', message: LONG, details: [{ [SECRET]: [SECRET] }, 7] },
      falloutReason: 'OUTPUT_INVALID',
      class: 'business',
    });
    expect(verdict).toStrictEqual({
      status: 'FALLOUT',
      remoteStatus: 'broke ***',
      error: { code: 'OUTPUT_INVALID', message: `*** ${'x'.repeat(495)}…`, details: [{ '***': ['***'] }, 7] },
      falloutReason: 'OUTPUT_INVALID',
      class: 'business',
    });
  });

  it('keeps as many details as a record has room for, and none of those after', () => {
    const detailsOf = (...details: readonly string[]) =>
      verdictOf(scrubber, { status: 'FAILED', error: { code: 'PROVIDER_FAILED', message: 'no', details } }).error
        ?.details;
    const half = 'x'.repeat(2_046);
    expect(detailsOf(half, half)).toEqual([half, half]);
    expect(detailsOf(half, `${half}x`, 'short')).toEqual([half]);
    expect(detailsOf(`${half}${half}xxx`, 'short')).toBeUndefined();
  });
});

given('a failure in one sentence', () => {
  it('quotes the platform where it said something, without our secrets', () => {
    const told = (remoteText?: string) =>
      describe(scrubber, new ProviderRefusedError('the reply was 400', remoteText === undefined ? {} : { remoteText }));
    expect(told()).toBe('the reply was 400');
    expect(told('')).toBe('the reply was 400');
    expect(told(`wrong ${SECRET}`)).toBe('the reply was 400 It said: wrong ***');
  });

  it('uses the words of our own services, which name them and not what is in them', () => {
    expect(describe(scrubber, new SecretUnavailableError('The secret "a" is gone.', 'absent'))).toBe(
      'The secret "a" is gone.',
    );
    expect(describe(scrubber, new StoreUnavailableError(`busy ${SECRET}`))).toBe('busy ***');
    expect(describe(scrubber, new HandlerTimeoutError('two seconds left'))).toBe('The time for one call was over.');
  });

  it('gives no text of any other error, for it may quote what it choked on', () => {
    expect(describe(scrubber, new TypeError('canary in clear'))).toBe('TypeError');
    expect(describe(scrubber, new InvalidInputError('canary in clear', []))).toBe('InvalidInputError');
    expect(describe(scrubber, 'canary in clear')).toBe('unknown failure');
  });
});
