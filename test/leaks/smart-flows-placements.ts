/** In faults, messages, forms, complaints, documents, lists and answers of Smart Flows. */
import type { FaultRule } from '../../lib/simulators/faults.ts';
import { ANSWER, KEYS, RAW_BODY_TEXT, SENSITIVE } from './canaries.ts';
import { echoOf } from './encodings.ts';
import { base, inTurn, type Own, PERSON, type Placement, type Reply, rule } from './placement.ts';

const S = echoOf([KEYS.smartFlowsKey, SENSITIVE.email, SENSITIVE.note, String(SENSITIVE.number)]);
/** What a document holds is the user's data, whatever it is. */
export const DOCUMENT = S;
const RAW = `<Offer><Customer>${RAW_BODY_TEXT.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</Customer></Offer>`;

/** Not every name is one of an element. */
const { account: _, ...IN_XML } = PERSON;
const { account: _value, ...xmlSensitive } = SENSITIVE;

interface SmartFlowsReplies {
  readonly start?: Reply;
  readonly progress?: readonly Reply[];
  readonly execution?: Reply;
  readonly others?: readonly FaultRule[];
}

function smartFlows(id: string, { start, progress, execution, others = [] }: SmartFlowsReplies, own: Own): Placement {
  const path = `/api/v1/flows/executions/exec-${id}`;
  const done: Reply = { body: { id: `exec-${id}`, status: 'Success', model: {} } };
  return {
    id,
    platform: 'smart-flows',
    rules: [
      ...others,
      rule(
        'POST',
        `/api/v1/flows/executions\\?flowId=${id}$`,
        start ?? { body: { id: `exec-${id}`, status: 'Queued' } },
      ),
      ...inTurn('GET', `${path}/progress`, progress ?? [done]),
      rule('GET', `${path}(/status.*)?$`, execution ?? { body: { id: `exec-${id}`, status: 'Success' } }),
    ],
    input: { parameters: xmlSensitive },
    ...own,
    flow: {
      connection: 'smart-flows',
      target: { flowId: id, rootElement: 'Person' },
      ...base,
      parameters: IN_XML,
      ...own.flow,
    },
  };
}

const going = (fields: object): Reply => ({ body: { status: 'Running', ...fields } });
const ended = (fields: object): Reply => ({ body: { status: 'Success', model: {}, ...fields } });
const asking = {
  status: 'UserInput',
  schema: { [KEYS.smartFlowsKey]: S },
  model: { password: S, deep: [{ [S]: S }] },
  form: [S],
};
const named = { target: { flowId: 'value', rootElement: 'Person', output: 'Result' } };
const document = (id: string, displayName: string) => ended({ model: { file: { type: 'document', id, displayName } } });

export const SMART_FLOWS: readonly Placement[] = [
  smartFlows(
    'xml-fault',
    {
      start: {
        status: 400,
        headers: { 'content-type': 'application/xml' },
        body: `<fault><string>${S}</string></fault>`,
      },
    },
    { ends: 'FALLOUT' },
  ),
  smartFlows(
    'start-message',
    { start: { body: { id: 'exec-start-message', status: S, message: S, percentage: S } } },
    { ends: 'SUCCEEDED' },
  ),
  smartFlows(
    'progress',
    { progress: [going({ message: S, percentage: 3 }), ended({ message: S })] },
    { ends: 'SUCCEEDED' },
  ),
  smartFlows(
    'progress-cut',
    { progress: [going({ message: `${'.'.repeat(480)}${KEYS.smartFlowsKey}` }), ended({})] },
    { ends: 'SUCCEEDED' },
  ),
  smartFlows('word', { progress: [going({ status: S }), ended({})] }, { ends: 'SUCCEEDED' }),
  smartFlows('form', { progress: [{ body: asking }] }, { ends: ['TIMED_OUT'] }),
  smartFlows(
    'complaints',
    {
      progress: [{ body: { status: 'Error', message: S } }],
      execution: { body: { state: { errors: [{ error: S, message: S, causes: [S, S] }, { message: S }] } } },
    },
    { ends: 'FAILED' },
  ),
  smartFlows(
    'warnings',
    {
      progress: [{ body: { status: 'Warning', model: {} } }],
      execution: { body: { state: { warnings: [{ error: S, message: S, causes: [S] }] } } },
    },
    { ends: 'SUCCEEDED_WITH_WARNINGS' },
  ),
  smartFlows(
    'value',
    {
      execution: {
        body: {
          outputs: [{ output: { displayName: 'Result' }, content: { [S]: [S, { deep: S }, SENSITIVE.number] } }],
        },
      },
    },
    { ends: 'SUCCEEDED', flow: named },
  ),
  smartFlows(
    'file-name',
    {
      progress: [document('doc-name', `Offer ${S}`)],
      others: [
        rule('GET', '/documents/doc-name/content', { body: 'bytes' }),
        rule('GET', '/documents/doc-name$', { body: { displayName: S, contentType: S } }),
      ],
    },
    { ends: 'SUCCEEDED' },
  ),
  smartFlows(
    'file-trouble',
    {
      progress: [document('doc-trouble', 'x')],
      others: [rule('GET', '/documents/doc-trouble$', { status: 400, body: S })],
    },
    { ends: 'SUCCEEDED' },
  ),
  smartFlows(
    'file-bytes',
    {
      progress: [document('doc-bytes', 'letter.txt')],
      others: [
        rule('GET', '/documents/doc-bytes/content', { body: DOCUMENT }),
        rule('GET', '/documents/doc-bytes$', { body: { displayName: 'letter.txt', contentType: 'text/plain' } }),
      ],
    },
    { ends: 'SUCCEEDED' },
  ),
  smartFlows(
    'answer-refused',
    {
      progress: [{ body: { status: 'UserInput', schema: {} } }],
      others: [
        rule('POST', '/executions/exec-answer-refused/progress', {
          status: 400,
          body: { error: echoOf([ANSWER, SENSITIVE.email, KEYS.smartFlowsKey]) },
        }),
      ],
    },
    { ends: 'TIMED_OUT', answer: { code: ANSWER, mail: SENSITIVE.email } },
  ),
  smartFlows(
    'answer-lost',
    {
      progress: [{ body: { status: 'UserInput', schema: {} } }],
      others: [
        rule('POST', '/executions/exec-answer-lost/progress', {
          status: 302,
          headers: { location: `https://${ANSWER.slice(0, 11)}.example` },
          body: echoOf([ANSWER, SENSITIVE.email, KEYS.smartFlowsKey]),
        }),
      ],
    },
    { ends: 'TIMED_OUT', answer: { code: ANSWER } },
  ),
  smartFlows(
    'raw-body',
    { start: { status: 400, body: `In <Customer>: ${echoOf([RAW_BODY_TEXT, KEYS.smartFlowsKey])} of ${RAW}` } },
    {
      ends: 'FALLOUT',
      input: { body: RAW },
      flow: { rawBody: true, parameters: {}, target: { flowId: 'raw-body' } },
    },
  ),
  smartFlows(
    'list-refused',
    {
      start: { status: 500, body: S },
      others: [rule('GET', '/flows/list-refused/executions', { status: 400, body: S })],
    },
    { ends: 'FALLOUT' },
  ),
  smartFlows(
    'list-word',
    {
      start: { status: 500, body: S },
      others: [
        rule('GET', '/flows/list-word/executions.*page=0', {
          body: [{ id: 'exec-list-word', status: S, state: { inputData: [...Object.values(SENSITIVE), S] } }],
        }),
        rule('GET', '/flows/list-word/executions', { body: [] }),
      ],
    },
    { ends: ['SUCCEEDED', 'FALLOUT'] },
  ),
  smartFlows(
    'cancel',
    {
      progress: [going({})],
      others: [rule('DELETE', '/executions/exec-cancel', { status: 500, body: S })],
    },
    { ends: 'CANCELED', cancel: true },
  ),
];
