/** In replies of PhixFlow and InVision, and in logins and reports of AssistEdge. */
import type { FaultRule } from '../../lib/simulators/faults.ts';
import { KEYS, SENSITIVE, SESSION_TOKEN } from './canaries.ts';
import { echoOf } from './encodings.ts';
import { base, echo, input, inTurn, type Own, type Placement, type Reply, rule } from './placement.ts';

const P = echo(KEYS.phixflowToken);

function phixflow(
  id: string,
  start: Reply,
  own: Own & { readonly looks?: readonly Reply[]; readonly mode?: 'async' },
): Placement {
  const { looks = [], mode = 'sync', ...rest } = own;
  return {
    id,
    platform: 'phixflow',
    rules: [rule('POST', `/${id}/trigger`, start), ...inTurn('GET', `/${id}/status/`, looks)],
    input,
    ...rest,
    flow: { connection: 'phixflow', target: { application: 'Leaks', endpoint: id, mode }, ...base, ...own.flow },
  };
}

export const PHIXFLOW: readonly Placement[] = [
  phixflow(
    'sync-message',
    { body: { status: 'Failure', message: `${'.'.repeat(485)}${KEYS.phixflowToken} ${P}` } },
    { ends: 'FAILED' },
  ),
  phixflow('sync-word', { body: { status: 'Failed', error: { message: P } } }, { ends: 'FAILED' }),
  phixflow(
    'sync-records',
    { body: { records: [{ status: 'Error', message: P }, { success: true }] } },
    { ends: 'SUCCEEDED_WITH_WARNINGS' },
  ),
  phixflow(
    'sync-output',
    { body: { [P]: { list: [P, SENSITIVE.number, { note: SENSITIVE.note }] } } },
    { ends: 'SUCCEEDED' },
  ),
  phixflow('sync-text', { headers: { 'content-type': 'text/plain' }, body: P }, { ends: 'SUCCEEDED' }),
  phixflow(
    'sync-type',
    { headers: { 'content-type': `application/${KEYS.phixflowToken}` }, body: 'bytes' },
    { ends: 'SUCCEEDED' },
  ),
  phixflow('async-id', { status: 202, body: { processId: KEYS.phixflowToken } }, { ends: 'FALLOUT', mode: 'async' }),
  phixflow(
    'async-sensitive-id',
    { status: 202, body: { processId: SENSITIVE.email } },
    { ends: 'FALLOUT', mode: 'async' },
  ),
  phixflow(
    'async-look',
    { status: 202, body: { processId: 'p-1' } },
    { ends: 'FAILED', mode: 'async', looks: [{ body: { status: P } }, { body: { status: 'Failed', message: P } }] },
  ),
];

const I = echoOf([KEYS.invisionKey]);

function invision(id: string, start: Reply, looks: readonly Reply[], ends: Placement['ends']): Placement {
  const path = `/api/pub/v1/dataflows/${id}`;
  return {
    id,
    platform: 'invision',
    rules: [rule('POST', `${path}/start`, start), ...inTurn('GET', `${path}/runs/`, looks)],
    input: {},
    ends,
    flow: { connection: 'invision', target: { dataFlowId: id }, deadline: '5m' },
  };
}

export const INVISION: readonly Placement[] = [
  invision('iv-500', { status: 500, body: I }, [], 'FALLOUT'),
  invision('iv-id', { body: { runId: KEYS.invisionKey, status: 'Running' } }, [], 'FALLOUT'),
  invision('iv-ended-id', { body: { runId: KEYS.invisionKey, status: 'Succeeded' } }, [], 'SUCCEEDED'),
  invision(
    'iv-word',
    { body: { runId: 'iv-1', status: I } },
    [{ body: { runId: 'iv-1', status: I } }, { body: { runId: 'iv-1', status: 'Succeeded' } }],
    'SUCCEEDED',
  ),
];

const A = echo(KEYS.robotPassword, SESSION_TOKEN);
const LOGIN = rule('POST', '/api/token', { body: SESSION_TOKEN }, 1);

/** One address for all of them, so they are played one after another. */
function assistEdge(
  id: string,
  submit: Reply,
  ends: Placement['ends'],
  login: readonly FaultRule[] = [LOGIN],
): Placement {
  return {
    id,
    platform: 'assist-edge',
    rules: [...login, rule('POST', '/api/a/automation', submit)],
    input,
    ends,
    flow: { connection: 'assist-edge', target: { processName: id, profileName: 'Leaks', isSync: true }, ...base },
  };
}

const report = (inner: object) => ({
  status: 'success',
  transactionId: 'tx-1',
  response: { response: JSON.stringify(inner) },
});

export const ASSIST_EDGE: readonly Placement[] = [
  assistEdge('login-refused', { body: {} }, 'FALLOUT', [rule('POST', '/api/token', { status: 400, body: A })]),
  assistEdge(
    'not-queued',
    {
      status: 400,
      body: { errors: [{ code: KEYS.robotPassword, message: A, type: SESSION_TOKEN }], instance: KEYS.robotPassword },
    },
    'FALLOUT',
  ),
  assistEdge(
    'robot-failed',
    {
      body: report({
        AutomationOutputData: [],
        ErrorDetailObject: [{ Code: A, Description: `${'.'.repeat(485)}${KEYS.robotPassword}` }],
      }),
    },
    'FAILED',
  ),
  assistEdge(
    'robot-output',
    {
      body: report({
        AutomationOutputData: [
          { AppName: SESSION_TOKEN, CviewDictionary: { [A]: A, AutomationInputDictionary: A, token: SESSION_TOKEN } },
        ],
      }),
    },
    'SUCCEEDED',
  ),
  assistEdge('token-in-error', { status: 500, body: `token ${A}` }, 'FALLOUT'),
  assistEdge(
    'token-as-id',
    {
      body: {
        ...report({ AutomationOutputData: [], ErrorDetailObject: [{ Code: 'X' }] }),
        transactionId: SESSION_TOKEN,
      },
    },
    'FAILED',
  ),
];
