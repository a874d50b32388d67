import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../lib/domain/json.ts';
import { phixflow } from '../../lib/providers/phixflow.ts';
import { PHIXFLOW_TARGETS } from '../../lib/simulators/phixflow.ts';
import { handleOf, JSON_TYPE, open, options, type Setting, start, TOKEN, TRIGGER } from '../helpers/phixflow.ts';

describe('the phixflow status call', () => {
  const running = async (setting: Omit<Setting, 'target'> = {}) => {
    const opened = await open({ target: PHIXFLOW_TARGETS.importOrders, ...setting });
    const handle = handleOf(await start(opened.session));
    return { ...opened, look: async () => opened.session.poll?.(handle, options()) };
  };
  const answered = async (body: string, settings: JsonObject = {}, status = 200) => {
    const { simulator, look } = await running({ settings });
    simulator.faults.add({ path: '/status/', fault: { kind: 'reply', status, body, headers: JSON_TYPE } });
    return look().catch((error: unknown) => error);
  };

  it('goes to the URL of the settings, whose form is not in the documents', async () => {
    const { look, simulator } = await running({
      platform: { pollPath: '/api/1/process state/:processId', pollMethod: 'POST' },
      settings: { pollUrlTemplate: '{base}/api/1/process state/{processId}', pollMethod: 'POST' },
    });
    await expect(look()).resolves.toMatchObject({ kind: 'going' });
    expect(simulator.requests[1]).toMatchObject({ method: 'POST', path: '/phixflow/api/1/process%20state/12345' });
    expect(simulator.requests[1]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('can have the process id in its query', async () => {
    const { look, simulator } = await running({
      platform: { pollPath: '/api/1/status' },
      settings: { pollUrlTemplate: '{base}/api/1/status?processId={processId}&of={application}' },
    });
    await expect(look()).resolves.toMatchObject({ kind: 'going' });
    expect(simulator.requests[1]?.path).toBe('/phixflow/api/1/status?processId=12345&of=Orders');
  });

  it('encodes what is put into the URL once, so that an id leads nowhere else', async () => {
    const { session, simulator } = await open({ target: PHIXFLOW_TARGETS.importOrders });
    const poll = session.poll?.('x?y={endpoint}#z', options());
    await expect(poll).rejects.toMatchObject({ name: 'RemoteNotFoundError' });
    expect(simulator.requests[0]?.path).toBe(`${TRIGGER}/Orders/Import%20Orders/status/x%3Fy%3D%7Bendpoint%7D%23z`);
  });

  it('does not fill in what a name happens to look like', async () => {
    const settings = { pollUrlTemplate: '{base}/s-{endpoint}/{processId}' };
    const target = { application: 'A', endpoint: '{processId}', mode: 'async' };
    const { session, simulator } = await open({ target, settings });
    await expect(session.poll?.('1', options())).rejects.toMatchObject({ name: 'RemoteNotFoundError' });
    expect(simulator.requests[0]?.path).toBe('/phixflow/s-%7BprocessId%7D/1');
  });

  it.each([
    ['https://elsewhere.example.com/{processId}'],
    ['{base}.example.com/{processId}'],
    ['{base}/../{processId}'],
    ['{base}//{processId}'],
    ['{base}/status'],
    ['{base}/{process}/{processId}'],
    ['{base}/status?{processId}'],
    ['{base}/{processId}#x'],
  ])('cannot be set to %s', (pollUrlTemplate) => {
    expect(phixflow.settings.safeParse({ pollUrlTemplate }).success).toBe(false);
  });

  it.each(['Spooling', 'Completed', 'constructor', 'SUCCESSFUL', 'not failed'])(
    'reads the unknown word %s as still going',
    async (word) => {
      await expect(answered(JSON.stringify({ status: word }))).resolves.toEqual({
        kind: 'going',
        status: 'RUNNING',
        remoteStatus: word,
        unknownWord: true,
      });
    },
  );

  it('reads the words of the settings, without regard to case and spaces', async () => {
    const settings = { successWords: ['All Done'], failureWords: ['Kaputt'] };
    await expect(answered('{"status":" all done "}', settings)).resolves.toMatchObject({
      verdict: { status: 'SUCCEEDED', remoteStatus: ' all done ' },
    });
    await expect(answered('{"status":"KAPUTT"}', settings)).resolves.toMatchObject({ verdict: { status: 'FAILED' } });
    await expect(answered('{"status":"Success"}', settings)).resolves.toMatchObject({ kind: 'going' });
  });

  it('reads the word at the pointers of the settings', async () => {
    const settings = { statusPointers: ['/reply/0/state'] };
    await expect(answered('{"status":"Running","reply":[{"state":"Fail"}]}', settings)).resolves.toMatchObject({
      verdict: { status: 'FAILED' },
    });
  });

  it('passes on how long the platform asks to wait', async () => {
    const { simulator, look } = await running();
    const headers = { ...JSON_TYPE, 'retry-after': '7' };
    simulator.faults.add({ path: '/status/', fault: { kind: 'reply', status: 202, body: '{}', headers } });
    await expect(look()).resolves.toMatchObject({ kind: 'going', hints: { retryAfterMs: 7_000 } });
  });

  it('does not take "success: true" of the call for the success of the run', async () => {
    await expect(answered('{"success":true,"processId":12345,"status":"Running"}')).resolves.toMatchObject({
      kind: 'going',
    });
    await expect(answered('{"success":true,"processId":12345}')).resolves.toMatchObject({
      name: 'ProviderProtocolError',
    });
  });

  it('takes 202 for still going whatever the body says, because the status comes first', async () => {
    await expect(answered('{"status":"Success"}', {}, 202)).resolves.toMatchObject({ kind: 'going' });
  });

  it('believes the result inside a status reply before the word outside it', async () => {
    const failed = '{"status":"Success","result":{"records":[{"status":"Fail"},{"status":"Success"}]}}';
    await expect(answered(failed)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED_WITH_WARNINGS' } });
    await expect(answered('{"status":"Success","result":{"success":false}}')).resolves.toMatchObject({
      verdict: { status: 'FAILED' },
    });
  });

  it("does not take another run's answer for this one's", async () => {
    await expect(answered('{"processId":99,"status":"Success"}')).resolves.toMatchObject({
      name: 'ProviderProtocolError',
    });
  });

  it.each([
    ['an HTML page', '<html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['text', '"Success"'],
    ['half a document', '{"status":"Succ'],
    ['a number for a word', '{"status":200}'],
  ])('learns nothing from %s with 200, and gives no verdict', async (_, body) => {
    const error = await answered(body);
    expect(['ReplyLostError', 'ProviderProtocolError']).toContain((error as Error).name);
  });

  it('learns nothing from a 500 with a Fail word, because a bad look never fails a run', async () => {
    await expect(answered('{"status":"Fail"}', {}, 500)).resolves.toMatchObject({ name: 'ReplyLostError' });
  });

  it('says that the platform does not know the run on 404, and that the key is refused on 401', async () => {
    await expect(answered('{}', {}, 404)).resolves.toMatchObject({ name: 'RemoteNotFoundError' });
    await expect(answered('{}', {}, 401)).resolves.toMatchObject({ name: 'ProviderUnauthorizedError' });
  });

  it('reads a final reply of more than the usual size, because it carries the output', async () => {
    const body = JSON.stringify({ status: 'Success', result: { outputs: { Imported: 'x'.repeat(400_000) } } });
    await expect(answered(body)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
  });
});
