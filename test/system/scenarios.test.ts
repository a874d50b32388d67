import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENV } from '../../lib/contract.ts';
import type { ProviderId } from '../../lib/domain/config.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import type { FaultRule } from '../../lib/simulators/faults.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { startLeapingErrand } from './leaping-errand.ts';
import type { LocalErrand } from './local-errand.ts';

const LOOK = '(WaitToPoll Poll WhatNext )';

interface Scenario {
  readonly what: string;
  readonly flowId: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly faults?: readonly (FaultRule & { readonly provider: ProviderId })[];
  readonly status: string;
  /** The states entered, in order. */
  readonly trace: RegExp;
  /** Name of the error that the execution ends with. */
  readonly error?: string;
}

const PERSON = { employeeName: 'Jane Roe' };

const SCENARIOS: readonly Scenario[] = [
  {
    what: 'a job without output is looked at until it has ended',
    flowId: 'onboard-employee',
    parameters: PERSON,
    status: 'SUCCEEDED',
    trace: new RegExp(`^HowBegun Start WhatNext ${LOOK}+Succeeded$`),
  },
  {
    what: 'a job with output has it fetched before the execution ends',
    flowId: 'write-offer',
    parameters: { customer: 'Acme' },
    status: 'SUCCEEDED',
    trace: new RegExp(`^HowBegun Start WhatNext ${LOOK}+FetchOutput WhatNext Succeeded$`),
  },
  {
    what: 'a job that answers within its start is never looked at',
    flowId: 'create-order',
    parameters: { customer: 'C-1' },
    status: 'SUCCEEDED',
    trace: /^HowBegun Start WhatNext Succeeded$/,
  },
  {
    what: 'a job that is only handed over ends there',
    flowId: 'archive-documents',
    parameters: { folder: 'a' },
    status: 'HANDED_OFF',
    trace: /^HowBegun Start WhatNext Succeeded$/,
  },
  {
    what: 'a job that failed ends the execution red, under our code',
    flowId: 'import-actuals',
    status: 'FAILED',
    trace: new RegExp(`^HowBegun Start WhatNext ${LOOK}+Failed$`),
    error: 'PROVIDER_FAILED',
  },
  {
    what: 'a start whose answer is lost is not made again where nobody can look it up',
    flowId: 'calculate-premium',
    parameters: { insuredSum: 1 },
    faults: [{ provider: 'bryter', method: 'POST', path: BRYTER_MODULES.calculation, fault: { kind: 'reset-after' } }],
    status: 'FALLOUT',
    trace: /^HowBegun Start WhatNext Failed$/,
    error: 'AMBIGUOUS_START',
  },
  {
    what: 'a start whose answer is lost is found in the platform’s list after the fence',
    flowId: 'compile-dossier',
    faults: [{ provider: 'smart-flows', method: 'POST', path: SMART_FLOWS.dossier, fault: { kind: 'reset-after' } }],
    status: 'SUCCEEDED',
    trace: new RegExp(`^HowBegun Start WhatNext CoolOff Start WhatNext ${LOOK}+FetchOutput WhatNext Succeeded$`),
  },
  {
    what: 'a platform that says "later" is asked again when it said',
    flowId: 'import-orders',
    parameters: { region: 'EU' },
    faults: [
      {
        provider: 'phixflow',
        path: 'Import',
        fault: { kind: 'reply', status: 429, headers: { 'retry-after': '2' } },
      },
    ],
    status: 'SUCCEEDED',
    trace: new RegExp(`^HowBegun Start WhatNext CoolOff Start WhatNext ${LOOK}+FetchOutput WhatNext Succeeded$`),
  },
  {
    what: 'a refused input starts nothing and waits for a human',
    flowId: 'send-newsletter',
    faults: [
      { provider: 'smart-flows', method: 'POST', path: SMART_FLOWS.newsletter, fault: { kind: 'reply', status: 400 } },
    ],
    status: 'FALLOUT',
    trace: /^HowBegun Start WhatNext Failed$/,
    error: 'INPUT_REJECTED',
  },
  {
    what: 'three looks that meet an error page are looks more, not a failure',
    flowId: 'nightly-load',
    faults: [{ provider: 'invision', method: 'GET', path: 'Nightly', times: 3, fault: { kind: 'reply', status: 502 } }],
    status: 'SUCCEEDED',
    trace: new RegExp(`^HowBegun Start WhatNext ${LOOK}+Succeeded$`),
  },
];

function trace(events: readonly HistoryEvent[]): string {
  return events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []).join(' ');
}

describe('the synthesised machine with the bundled functions', () => {
  let errand: LocalErrand;
  let sfn: SFNClient;
  beforeAll(async () => {
    errand = await startLeapingErrand(afterAll);
    sfn = new SFNClient({});
  }, 120_000);

  async function historyOf(executionArn: string): Promise<readonly HistoryEvent[]> {
    const { events = [] } = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn, includeExecutionData: true, maxResults: 1_000 }),
    );
    return events;
  }

  async function endOf(executionArn: string) {
    for (;;) {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== 'RUNNING') return execution;
      await sleep(50);
    }
  }

  describe.concurrent('goes its way:', () => {
    for (const { what, flowId, parameters = {}, faults = [], status, trace: expected, error } of SCENARIOS) {
      it(what, { timeout: 120_000 }, async () => {
        for (const { provider, ...rule } of faults) errand.fleet[provider].faults.add(rule);
        const { id } = await errand.api.start(flowId, parameters);
        const run = await errand.ended(id);
        expect(run.status).toBe(status);
        const executionArn = String((run.links as Record<string, string>).execution);
        // The record is written by the last task; the execution ends a moment later.
        const { input, error: ended } = await endOf(executionArn);
        const events = await historyOf(executionArn);
        expect(trace(events)).toMatch(expected);
        // Nothing volatile: the same start is the same input, byte for byte.
        expect(input).toBe(JSON.stringify({ runId: id }));
        expect(ended).toBe(error);
        for (const { stateEnteredEventDetails, stateExitedEventDetails } of events) {
          const payload = stateEnteredEventDetails?.input ?? stateExitedEventDetails?.output ?? '';
          expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(4_096);
        }
      });
    }
  });

  it('takes a second start of an execution under its derived name for the first', async () => {
    const { id } = await errand.api.start('import-actuals', {});
    const again = new StartExecutionCommand({
      stateMachineArn: errand.runtime.environment[ENV.stateMachine],
      name: `${id}-g1`,
      input: JSON.stringify({ runId: id }),
    });
    await sfn.send(again);
    await errand.ended(id);
    await endOf(
      `${errand.runtime.environment[ENV.stateMachine]?.replace('stateMachine', 'execution').replace(':live', '')}:${id}-g1`,
    );
    await expect(sfn.send(again)).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });
});
