import type { Json } from '../../domain/json.ts';
import type { Phase } from '../script.ts';

export type SmartFlowsWord =
  | 'Queued'
  | 'Running'
  | 'Waiting'
  | 'UserInput'
  | 'SelectFlow'
  | 'Success'
  | 'Warning'
  | 'Error'
  | 'Canceled'
  | 'Interrupted';

export interface SmartFlowsStep extends Phase<SmartFlowsWord> {
  readonly percentage: number;
  readonly message: string;
}

export interface SmartFlowsComplaint {
  readonly error: string;
  readonly message: string;
  readonly causes: readonly string[];
}

/** One flow of the project: what it takes, what it does, what it asks, what it leaves behind. */
export interface SmartFlowsScenario {
  readonly displayName: string;
  readonly description: string;
  /** The input dataset: none, anything well-formed, or one with this root and these children. */
  readonly input: 'none' | 'any' | { readonly rootElement: string; readonly required: readonly string[] };
  readonly steps: readonly SmartFlowsStep[];
  /** Titles of the form's fields, by field id. */
  readonly questions?: Readonly<Record<string, string>>;
  readonly documents?: readonly {
    readonly displayName: string;
    readonly contentType: string;
    /** Bytes. Default: the simulator's own small PDF. */
    readonly size?: number;
  }[];
  /** Results by name; a number is the document of that index. */
  readonly outputs?: Readonly<Record<string, Json>>;
  readonly complaints?: readonly SmartFlowsComplaint[];
  /** The project's clean-up forgets execution and documents so long after the end. */
  readonly forgottenAfterMs?: number;
}

/** Ids of the flows that the simulated project has. */
export const SMART_FLOWS = {
  /** Takes any XML and writes one PDF in two and a half seconds. */
  offer: '3f0d7f2e-1a55-4c1b-9a55-0d4f6f2b7c11',
  /** Asks a person for a city and a date, then writes a PDF. */
  onboarding: '91c40b6a-6a0e-4a52-8f3f-5a2f0c9d1b02',
  /** Writes its PDF, but a post-processing step fails: `Warning`. */
  newsletter: 'c7e2a1d4-20b7-4d6e-b1a8-7f3e9c5d4a03',
  /** Breaks off at 60 %: `Error`. */
  invoice: '5d8f3c21-7b9e-4f04-a6d2-1e0b8a7c6f04',
  /** Waits for a signature from outside (callback), then writes a PDF. */
  contract: 'e4b7d9f0-3c5a-4e18-92c6-8a1d0f2b3e05',
  /** The platform stops it for running too long. */
  archive: '08a6c4e2-9d1f-4b37-8e50-c2f4a6b81d06',
  /** A user stops it. */
  abandoned: '6f1e2d3c-4b5a-4968-a778-9a0b1c2d3e07',
  /** Stays in the server's queue for ten minutes. */
  nightly: 'b2d4f6a8-0c1e-4d3f-a5b7-c9e1d3f5a708',
  /** Takes no data and writes nothing. */
  heartbeat: '1c3e5a7b-9d0f-4214-8637-5a9b7d1f3c09',
  /** Writes several documents, two of one name, and named outputs. */
  dossier: 'd0c1b2a3-f4e5-4d6c-97b8-a9f0e1d2c30a',
  /** Takes an `Order` with a `number`; anything else is refused. */
  order: '7a8b9c0d-1e2f-4a3b-8c4d-5e6f7a8b9c0b',
  /** A person has to choose which flow to run. */
  chooser: '4e5f6a7b-8c9d-4e0f-a1b2-c3d4e5f6a70c',
} as const;

const PDF = 'application/pdf';
const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

const step = (state: SmartFlowsWord, forMs: number, percentage: number, message: string): SmartFlowsStep => ({
  state,
  forMs,
  percentage,
  message,
});
const gate = (state: SmartFlowsWord, percentage: number, message: string): SmartFlowsStep => ({
  state,
  until: 'answered',
  percentage,
  message,
});
const end = (state: SmartFlowsWord, message: string, percentage = 100): SmartFlowsStep => ({
  state,
  percentage,
  message,
});

const QUEUED = step('Queued', 300, 0, 'Queued');
const COLLECTING = step('Running', 700, 10, 'Collecting data');
const GENERATING = step('Running', 1_500, 60, 'Generating document');
const DONE = end('Success', 'Done');
const QUICK = [QUEUED, COLLECTING, GENERATING] as const;

/** Default flows by id. */
export const SMART_FLOWS_SCENARIOS: Readonly<Record<string, SmartFlowsScenario>> = {
  [SMART_FLOWS.offer]: {
    displayName: 'Offer',
    description: 'Writes an offer as PDF in two and a half seconds',
    input: 'any',
    steps: [...QUICK, DONE],
    documents: [{ displayName: 'Offer', contentType: PDF }],
    outputs: { 'Output 1': 0, Summary: { total: 1250.5, currency: 'EUR', lines: [1, 2] } },
  },
  [SMART_FLOWS.onboarding]: {
    displayName: 'Onboarding',
    description: 'Asks a person for city and start date, then writes a letter',
    input: 'any',
    steps: [QUEUED, COLLECTING, gate('UserInput', 30, 'Waiting for user input'), GENERATING, DONE],
    questions: { city: 'City', startDate: 'Start date' },
    documents: [{ displayName: 'Welcome letter', contentType: PDF }],
  },
  [SMART_FLOWS.newsletter]: {
    displayName: 'Newsletter',
    description: 'Writes its document, but cannot mail it: ends with a warning',
    input: 'any',
    steps: [...QUICK, end('Warning', 'Finished with warnings')],
    documents: [{ displayName: 'Newsletter', contentType: PDF }],
    complaints: [
      { error: 'PostProcessingFailed', message: 'The mail server refused the message.', causes: ['Relaying denied'] },
    ],
  },
  [SMART_FLOWS.invoice]: {
    displayName: 'Invoice',
    description: 'Breaks off at 60 %',
    input: 'any',
    steps: [...QUICK, end('Error', 'Execution failed', 60)],
    complaints: [
      { error: 'TemplateError', message: 'The field "total" is missing in the dataset.', causes: ['No such field'] },
      { error: 'FlowError', message: 'Block "Generate" failed.', causes: [] },
    ],
  },
  [SMART_FLOWS.contract]: {
    displayName: 'Contract',
    description: 'Waits for a signature from outside',
    input: 'any',
    steps: [QUEUED, COLLECTING, gate('Waiting', 40, 'Waiting for signature'), GENERATING, DONE],
    documents: [{ displayName: 'Contract', contentType: PDF }],
  },
  [SMART_FLOWS.archive]: {
    displayName: 'Archive',
    description: 'Runs too long and is stopped by the platform',
    input: 'any',
    steps: [QUEUED, COLLECTING, end('Interrupted', 'Interrupted', 10)],
    complaints: [{ error: 'Timeout', message: 'The flow ran for too long.', causes: [] }],
  },
  [SMART_FLOWS.abandoned]: {
    displayName: 'Abandoned',
    description: 'A user stops it',
    input: 'any',
    steps: [QUEUED, COLLECTING, end('Canceled', 'Canceled by user', 10)],
  },
  [SMART_FLOWS.nightly]: {
    displayName: 'Nightly',
    description: 'Stays in the queue for ten minutes',
    input: 'any',
    steps: [step('Queued', 600_000, 0, 'Queued'), GENERATING, DONE],
  },
  [SMART_FLOWS.heartbeat]: {
    displayName: 'Heartbeat',
    description: 'Takes no data, leaves nothing',
    input: 'none',
    steps: [COLLECTING, DONE],
  },
  [SMART_FLOWS.dossier]: {
    displayName: 'Dossier',
    description: 'Writes several documents, two of them of one name',
    input: 'any',
    steps: [...QUICK, DONE],
    documents: [
      { displayName: 'Letter', contentType: PDF },
      { displayName: 'Letter', contentType: PDF, size: 10 },
      { displayName: 'Terms.docx', contentType: WORD, size: 300_000 },
      { displayName: 'Data', contentType: '', size: 0 },
    ],
    outputs: { Letters: [0, 1], Count: { letters: 2 } },
  },
  [SMART_FLOWS.order]: {
    displayName: 'Order',
    description: 'Insists on its input dataset',
    input: { rootElement: 'Order', required: ['number'] },
    steps: [...QUICK, DONE],
  },
  [SMART_FLOWS.chooser]: {
    displayName: 'Chooser',
    description: 'A person chooses which flow to run',
    input: 'any',
    steps: [gate('SelectFlow', 0, 'Select a flow'), GENERATING, DONE],
    questions: { flow: 'Flow' },
  },
};
