import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../lib/domain/run.ts';
import { answer, open, options, platform, request, sync } from '../helpers/assist-edge.ts';

/** The verdict of a synchronous request that was answered so. */
async function verdictOf(body: object, settings: object = {}): Promise<Verdict | undefined> {
  const simulator = await platform();
  answer(simulator, 200, body);
  const started = await open(simulator, { ...sync(), settings: { ...settings } }).start(request(), options());
  return started.kind === 'ended' ? started.verdict : undefined;
}

const robot = (...errors: readonly object[]) => ({
  status: 'success',
  response: { response: JSON.stringify({ AutomationOutputData: [], ErrorDetailObject: errors }) },
});

describe('the class of an assist-edge failure', () => {
  it.each([
    ['the type says so', robot({ Code: 'X1', Description: 'no', Type: 'Business' })],
    ['the type says so in its own case', robot({ Code: 'X1', Type: ' BUSINESS ' })],
    ['no type is given and the prefix of the code says so', robot({ Code: 'BsnErr109', Description: 'count' })],
    ['one of several says so, for that one would come again', robot({ Code: 'S1' }, { Code: 'X1', Type: 'Business' })],
    ['the old style says so', { status: 'failure', error: { error_code: 'BsnErr109', error_msg: 'count' } }],
  ])('is business where %s', async (_, body) => {
    expect(await verdictOf(body)).toMatchObject({ status: 'FAILED', class: 'business' });
  });

  it('is business for what was refused before the queue with such a code', async () => {
    const body = { errors: [{ code: 'BsnErr109', message: 'Input count mismatch' }], instance: 'ba76f1cf' };
    expect(await verdictOf(body)).toMatchObject({ status: 'FALLOUT', class: 'business' });
  });

  it.each([
    ['the robot gives another type, whatever the prefix', robot({ Code: 'BsnErr109', Type: 'System' })],
    ['there is neither type nor prefix', robot({ Code: 'SysErr1', Description: 'no' })],
    ['the prefix is only in the text', robot({ Code: 'E1', Description: 'BsnErr109 was before' })],
    ['nothing at all is said', { status: 'failed' }],
  ])('is left open where %s, because the documents name no other class', async (_, body) => {
    const verdict = await verdictOf(body);
    expect(verdict?.status).toBe('FAILED');
    expect(verdict).not.toHaveProperty('class');
  });

  it('is left open for an expiry that the operator declared: later there may be time enough', async () => {
    const body = robot({ Code: 'BsnErr011', Type: 'Business' });
    const verdict = await verdictOf(body, { expiryCodes: ['BsnErr011'] });
    expect(verdict?.status).toBe('TIMED_OUT');
    expect(verdict).not.toHaveProperty('class');
  });

  it('is left open where the automation reports its own failure, which is no error of the platform', async () => {
    const simulator = await platform();
    const session = open(simulator, { settings: { selfReportedFailure: true }, ...sync({ processName: 'Layer3' }) });
    const started = await session.start(request(), options());
    expect(started).toMatchObject({ verdict: { status: 'FAILED' } });
    expect(started.kind === 'ended' && started.verdict).not.toHaveProperty('class');
  });
});
