/** What the simulated AssistEdge can run. */

export interface AssistEdgeFailure {
  /**
   * 1: refused before the queue. 2: the robot fails. 3: the automation reports its own failure in an output entry.
   * 4: the old style, a failure word outside.
   */
  readonly layer: 1 | 2 | 3 | 4;
  readonly code: string;
  readonly message: string;
  /** How many attempts fail before one succeeds; absent: all. */
  readonly attempts?: number;
}

export interface AssistEdgeProcess {
  readonly profiles: readonly string[];
  /** Names of the search inputs, all of them expected; absent: whatever comes. */
  readonly inputs?: readonly string[];
  /** Inputs that the process design protects: masked in the copies, and plain beside them. */
  readonly protectedInputs?: readonly string[];
  /** Waiting for a robot, attempt by attempt; the last counts for all that follow. */
  readonly queueMs?: readonly number[];
  readonly durationMs: number;
  readonly outputs?: readonly AssistEdgeOutputEntry[];
  readonly failure?: AssistEdgeFailure;
}

export interface AssistEdgeOutputEntry {
  readonly AppName: string;
  /** Strings all of them, booleans included. */
  readonly CviewDictionary: Readonly<Record<string, string>>;
}

/** The processes behind the sample configuration. */
export const ASSIST_EDGE_PROCESSES = {
  /** Meant for a synchronous flow: 1.2 s, with a result. */
  PostInvoice: {
    profiles: ['FinanceBot'],
    inputs: ['invoiceNo', 'erpPassword'],
    protectedInputs: ['erpPassword'],
    queueMs: [200],
    durationMs: 1_000,
    outputs: [
      { AppName: 'ERP', CviewDictionary: {} },
      {
        AppName: 'Microbot : ResultPayload',
        CviewDictionary: { Status: 'posted', DocumentNo: '4900001234', IsError: 'False', ErrorDescription: '' },
      },
    ],
  },
  /** Meant for an asynchronous flow: nothing is ever heard of it again. */
  ArchiveDocuments: { profiles: ['ArchiveBot'], inputs: ['folder'], queueMs: [500], durationMs: 3_000 },
  /** Fails at the robot, under the word "success". */
  CloseLedger: {
    profiles: ['FinanceBot'],
    inputs: ['period'],
    durationMs: 800,
    failure: { layer: 2, code: 'BsnErr204', message: 'The ledger is locked by another user.' },
  },
} as const satisfies Readonly<Record<string, AssistEdgeProcess>>;
