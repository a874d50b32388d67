/** What the simulated Smart Flows shows of an execution. */
import type { Json, JsonObject } from '../../domain/json.ts';
import { type SmartFlowsJob, type SmartFlowsState, stateAt } from './job.ts';
import type { SmartFlowsScenario } from './scenarios.ts';

export interface SmartFlowsView {
  readonly job: SmartFlowsJob;
  readonly scenario: SmartFlowsScenario;
  readonly now: number;
  /** How the platform spells that it waits for a person. */
  readonly inputWord: string;
  readonly canceledWord: string;
  /** Whether executions show what they were given. */
  readonly showInput: 'always' | 'single' | 'never';
  /** How long after the end the documents appear. */
  readonly documentsAfterMs: number;
}

const BLOCK = 'ea75ddfd-38f7-4b97-bcc9-3f1756c5d6ff';

export function fieldKey(fieldId: string): string {
  return `${BLOCK}_${fieldId}`;
}

export function wordOf(view: SmartFlowsView): string {
  const { state } = stateAt(view.job, view.scenario, view.now);
  if (state === 'UserInput') return view.inputWord;
  return state === 'Canceled' ? view.canceledWord : state;
}

/** The answer to a look. */
export function progressView(view: SmartFlowsView): JsonObject {
  const current = stateAt(view.job, view.scenario, view.now);
  const asks = current.state === 'UserInput' || current.state === 'SelectFlow';
  return {
    id: view.job.id,
    percentage: current.percentage,
    currentData: { id: BLOCK, displayName: view.scenario.displayName, type: 'data' },
    message: current.message,
    status: wordOf(view),
    ...(asks ? formView(view.scenario) : {}),
    ...(isGood(current) ? { model: modelView(view, current) } : {}),
  };
}

function isGood({ state }: SmartFlowsState): boolean {
  return state === 'Success' || state === 'Warning';
}

/** Schema, default values and layout of the question, keyed alike. */
function formView({ questions = {} }: SmartFlowsScenario): JsonObject {
  const fields = Object.entries(questions);
  return {
    schema: { properties: Object.fromEntries(fields.map(([field]) => [fieldKey(field), { type: 'string' }])) },
    model: Object.fromEntries(fields.map(([field]) => [fieldKey(field), ''])),
    form: [{ items: fields.map(([field, title]) => ({ key: fieldKey(field), title, description: '' })) }],
  };
}

/** Documents under the ids of their blocks; only the first property is called `document`. */
function modelView(view: SmartFlowsView, current: SmartFlowsState): JsonObject {
  const ready = (current.endedAt ?? view.now) + view.documentsAfterMs <= view.now;
  const documents = ready ? view.job.documentIds.map((_, index) => documentReference(view, index)) : [];
  const blocks = documents.map((document, index): [string, Json] => {
    if (index === 0) return [`B${index}_1`, { document }];
    return [`B${index}_1`, index === 1 ? { letter: document } : { results: [{ generated: { file: document } }] }];
  });
  const data = { id: BLOCK, displayName: 'Not a document', type: 'data' };
  return { ...Object.fromEntries(blocks), Binput: { source: data } };
}

export function documentReference({ job, scenario }: SmartFlowsView, index: number): JsonObject {
  return {
    id: job.documentIds[index] ?? '',
    displayName: scenario.documents?.[index]?.displayName ?? '',
    type: 'document',
  };
}

/** The execution itself. `listed`: as a row of a list. */
export function executionView(view: SmartFlowsView, listed = false): JsonObject {
  const { job, scenario } = view;
  const current = stateAt(job, scenario, view.now);
  const user = { id: '00000000-0000-4000-8000-000000000001', displayName: 'Super User' };
  const shown = view.showInput === 'always' || (view.showInput === 'single' && !listed);
  return {
    id: job.id,
    createdAt: new Date(job.createdAt).toISOString(),
    createdBy: user,
    modifiedAt: new Date(current.endedAt ?? view.now).toISOString(),
    modifiedBy: user,
    mode: job.mode,
    priority: 0,
    status: wordOf(view),
    flow: { id: job.flowId, displayName: scenario.displayName, type: 'flow' },
    state: {
      inputData: shown ? job.inputData : {},
      output: { parts: [], schema: {}, model: isGood(current) ? modelView(view, current) : {}, form: [] },
      stages: [],
      report: [{ blocks: [{ id: BLOCK, step: { status: reportWord(current) } }] }],
      waitingFor: current.state === 'Waiting' ? { callbackId: job.callbackId } : null,
      warnings: current.state === 'Warning' ? complaintsView(view) : [],
      errors: current.state === 'Error' || current.state === 'Interrupted' ? complaintsView(view) : [],
    },
  };
}

function reportWord({ state }: SmartFlowsState): string {
  if (state === 'UserInput' || state === 'Waiting' || state === 'Error') return state;
  return isGood({ state, percentage: 100, message: '' }) ? 'Output' : 'Skipped';
}

function complaintsView({ job, scenario }: SmartFlowsView): Json {
  const complaints =
    job.badInput === undefined
      ? (scenario.complaints ?? [])
      : [{ error: 'InvalidInput', message: job.badInput, causes: [] }];
  return complaints.map((complaint) => ({ ...complaint, stackTrace: 'at com.example.Flow.run(Flow.java:42)' }));
}

/** The execution with its results; with a name or id only that one. */
export function outputsView(view: SmartFlowsView, wanted?: string): JsonObject {
  const current = stateAt(view.job, view.scenario, view.now);
  const ready = isGood(current) && (current.endedAt ?? view.now) + view.documentsAfterMs <= view.now;
  const outputs = Object.entries(ready ? (view.scenario.outputs ?? {}) : {}).map(([name, content]) => {
    const documents = [content].flat().filter((index) => typeof index === 'number');
    const references = documents.map((index) => documentReference(view, index));
    const id = `output-${name.toLowerCase().replaceAll(' ', '-')}`;
    if (documents.length === 0) return { output: { id, displayName: name, type: 'dataset' }, content };
    return {
      output: { id, displayName: name, type: 'document' },
      content: references.length === 1 ? (references[0] ?? null) : references,
    };
  });
  const shown = outputs.filter(
    ({ output }) => wanted === undefined || [output.displayName, output.id].includes(wanted),
  );
  return { ...executionView(view), outputs: shown };
}
