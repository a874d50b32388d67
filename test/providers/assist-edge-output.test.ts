import { describe, expect, it } from 'vitest';
import { answer, open, options, PIN, platform, RESULT, request, sync } from '../helpers/assist-edge.ts';

describe('assist-edge replies with output', () => {
  it('list the output in another order each time: the entry is found by AppName, not by index', async () => {
    const simulator = await platform();
    const session = open(simulator, sync({ outputApp: 'Microbot : ResultPayload' }));
    for (let turn = 0; turn < 3; turn += 1) {
      const started = await session.start(request(), options());
      expect(started).toMatchObject({ verdict: { status: 'SUCCEEDED' }, output: { value: RESULT, files: [] } });
    }
  });

  it('give all output entries by name where the flow names none', async () => {
    const started = await open(await platform(), sync()).start(request(), options());
    const value = { ERP: {}, Mail: { Sent: 'True' }, 'Microbot : ResultPayload': RESULT };
    expect(started).toMatchObject({ output: { value } });
  });

  it('may name two entries alike: both are kept, as a list', async () => {
    const twice = [1, 2].map((n) => ({ AppName: 'ERP', CviewDictionary: { N: String(n) } }));
    const simulator = await platform({ scenarios: { Post: { profiles: ['Bot'], durationMs: 1, outputs: twice } } });
    const started = await open(simulator, sync({ outputApp: 'ERP' })).start(request(), options());
    expect(started).toMatchObject({ output: { value: [{ N: '1' }, { N: '2' }] } });
  });

  it('without the output entry that the flow names succeed with a warning that lists the others', async () => {
    const started = await open(await platform(), sync({ outputApp: 'SAP' })).start(request(), options());
    expect(started).toMatchObject({
      verdict: {
        status: 'SUCCEEDED_WITH_WARNINGS',
        error: { code: 'OUTPUT_MISSING', message: expect.stringContaining('"ERP"') },
      },
    });
    expect(started).not.toHaveProperty('output');
  });

  it.each([
    ['Post', {}],
    ['Post', { isSync: true }],
    ['Layer2', { isSync: true }],
    ['Layer4', { isSync: true }],
  ])('repeat a masked password in plain text: it never gets into the result (%s %j)', async (processName, target) => {
    const simulator = await platform();
    const started = await open(simulator, { target: { ...target, processName } }).start(request(), options());
    const text = JSON.stringify(started);
    expect(text).not.toContain('pin');
    expect(text).not.toContain('4711');
  });

  it('may repeat inputs within an output entry: they are left out there too', async () => {
    const values = { Status: 'ok', processInput: PIN, 'Search.pin': PIN, MaskedAutomationInputDictionary: PIN };
    const entry = { AppName: 'ERP', CviewDictionary: values };
    const simulator = await platform({ scenarios: { Post: { profiles: ['Bot'], durationMs: 1, outputs: [entry] } } });
    const started = await open(simulator, sync()).start(request(), options());
    expect(started).toMatchObject({ output: { value: { ERP: { Status: 'ok' } } } });
    expect(JSON.stringify(started)).not.toContain('4711');
  });

  it.each([400, 500, 200])('repeat the inputs under HTTP %s without a verdict: the error does not', async (status) => {
    const simulator = await platform();
    answer(simulator, status, `{"processInput":"{\\"Search.pin\\":\\"4711\\"}"`);
    const error = await open(simulator)
      .start(request(), options())
      .catch((caught) => caught);
    expect(`${error.message} ${error.remoteText}`).not.toContain('4711');
    expect(error.name).toBe(status === 400 ? 'ProviderRefusedError' : 'ReplyLostError');
  });
});
