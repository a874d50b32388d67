import { describe, expect, it } from 'vitest';
import { type AdvisedRun, adviceOn, SYMPTOMS, symptomsOf } from '../../lib/cli/runs/advice.ts';
import { FALLOUT_REASONS } from '../../lib/domain/status.ts';

const going: AdvisedRun = { id: 'run_1', connection: 'acme', provider: 'smart-flows', status: 'ACCEPTED' };
const fallen = (reason: string, message = ''): AdvisedRun => ({
  ...going,
  status: 'FALLOUT',
  fallout: { reason },
  error: { code: reason, message },
});

/** Sentences as the timeline has them. */
const TOLD: readonly (readonly [trouble: string, symptom: string, todo: RegExp])[] = [
  [
    'The platform refused our key; nothing was started. Start at acme.example: the reply was 401',
    'key-refused',
    /Check the key: .*errand secrets set NAME/,
  ],
  ['A look told us nothing; the run goes on. Status: the reply was 403', 'key-refused', /errand doctor/],
  [
    'Nothing was sent. Start: not sent, because there was no connection (ECONNREFUSED)',
    'no-connection',
    /is the platform up, and are host and port/,
  ],
  ['Nothing was sent. Start: not sent, because there was no connection (ENOTFOUND)', 'no-such-host', /typing mistake/],
  ['Nothing was sent. Start: not sent, because the connection took too long', 'no-way-there', /VPN/],
  ['Start: sent, but the server fell silent before the reply was complete', 'no-answer', /does not answer in time/],
  [
    'Nothing was sent: Start: not sent, because the server is not the one it should be (CERT_HAS_EXPIRED)',
    'not-trusted',
    /NODE_EXTRA_CA_CERTS/,
  ],
  [
    'Start: not sent, because the server is not the one it should be (ERR_FORBIDDEN_ADDRESS)',
    'address-forbidden',
    /may not call/,
  ],
  ['Start: the reply is not JSON', 'not-the-platform', /login page/],
  ['Start: the reply was 302, a redirect to sso.example, which is not followed', 'not-the-platform', /baseUrl/],
  ['The platform took nothing. Start at acme.example: the reply was 404', 'target-unknown', /`target`/],
  ['secret "errand/acme" is not there (ResourceNotFoundException)', 'secret-missing', /errand secrets set NAME/],
];

describe('what to do about a run in trouble', () => {
  it.each(TOLD)('is read from what the timeline says: %s', (trouble, symptom, todo) => {
    expect(symptomsOf(going, trouble)).toEqual([symptom]);
    expect(adviceOn(going, trouble)).toMatch(todo);
  });

  it.each([
    ['paused', /errand connections resume acme/],
    ['failing', /come back by themselves/],
    ['refused', /Check the key/],
    ['told-to-wait', /goes on by itself/],
    ['busy', /goes on by itself/],
    ['in-flight', /limits\.inFlight/],
  ])('is told of a run that is held back: %s', (why, todo) => {
    expect(adviceOn({ ...going, heldBack: { why } })).toMatch(todo);
  });

  it.each(FALLOUT_REASONS)('has a way out of every fallout: %s', (reason) => {
    expect(adviceOn(fallen(reason))).toMatch(/errand (?:fallout resolve|rerun) run_1|errand doctor/);
  });

  it('names the cause before the decision where a start is in doubt', () => {
    const doubt = fallen('AMBIGUOUS_START', 'Start: sent, but the reply broke off (ECONNRESET)');
    expect(symptomsOf(doubt)).toEqual(['no-answer', 'start-in-doubt']);
    expect(adviceOn(doubt)).toMatch(/did not answer .* Nobody knows whether the job was started/);
    const key = fallen('AMBIGUOUS_START', 'Start: the reply was 500 This platform answers so to a wrong key, too');
    expect(symptomsOf(key)).toEqual(['key-refused', 'start-in-doubt']);
  });

  it('does not say that Errand goes on where the run has ended', () => {
    const silent = 'Start: sent, but the reply broke off (ECONNRESET)';
    expect(adviceOn(going, silent)).toContain('Errand goes on trying');
    expect(adviceOn(fallen('AMBIGUOUS_START', silent))).not.toContain('goes on');
  });

  it('says that the target may be wrong where the platform answers both mistakes alike', () => {
    expect(adviceOn({ ...fallen('AUTH_FAILED'), provider: 'bryter' })).toMatch(
      /and the target of the flow, then `baseUrl`/,
    );
    expect(adviceOn(fallen('AUTH_FAILED'))).not.toContain('and the target of the flow');
  });

  it.each([
    ['START_BY', 'Last trouble: not sent, because there was no connection (ECONNREFUSED)', /Nothing listens there/],
    ['START_BY', 'Not started by then.', /allow more time/],
    ['DEADLINE', 'The deadline passed.', /longer than its `deadline`/],
    ['PROVIDER_FAILED', 'It failed.', /errand rerun run_1/],
  ])('follows the code of an error, and what its words add: %s %s', (code, message, todo) => {
    expect(adviceOn({ ...going, status: 'FAILED', error: { code, message } })).toMatch(todo);
  });

  it('is silent where nothing is wrong', () => {
    expect(adviceOn(going)).toBeUndefined();
    expect(adviceOn(going, 'It rained.')).toBeUndefined();
    expect(adviceOn({ ...going, error: { code: 'constructor', message: '' } })).toBeUndefined();
  });

  it('knows no symptom that nothing leads to', () => {
    const told = TOLD.flatMap(([trouble]) => symptomsOf(going, trouble));
    const stated = FALLOUT_REASONS.flatMap((reason) => symptomsOf(fallen(reason)));
    const held = ['paused', 'failing', 'refused', 'told-to-wait', 'busy', 'in-flight'].flatMap((why) =>
      symptomsOf({ ...going, heldBack: { why } }),
    );
    const codes = ['START_BY', 'DEADLINE', 'PROVIDER_FAILED'].flatMap((code) =>
      symptomsOf({ ...going, error: { code, message: '' } }),
    );
    expect(new Set([...told, ...stated, ...held, ...codes])).toEqual(new Set(SYMPTOMS));
  });
});
