/** Runs the sample flows side by side through the API and says of each whether it ended as it must. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminal, type Status } from '../../domain/status.ts';
import type { Fleet } from '../../simulators/fleet.ts';
import type { ApiClient, OutputView, RunView } from '../target/api-client.ts';
import { DEMO_CASES, type DemoCase } from './demo-cases.ts';

const LOOK_EVERY_MS = 400;

export interface DemoResult {
  readonly demo: DemoCase;
  readonly run: RunView;
  readonly output: OutputView;
  readonly asExpected: boolean;
}

export interface DemoOptions {
  readonly api: ApiClient;
  readonly fleet: Fleet;
  /** Told about every change, as it happens. */
  readonly show: (run: RunView, note?: string) => void;
  readonly signal: AbortSignal;
}

/** Starts all at once and follows each to its end. */
export async function runDemo(
  options: DemoOptions,
  cases: readonly DemoCase[] = DEMO_CASES,
): Promise<readonly DemoResult[]> {
  return Promise.all(cases.map((demo) => follow(demo, options)));
}

async function follow(demo: DemoCase, { api, fleet, show, signal }: DemoOptions): Promise<DemoResult> {
  if (demo.fault !== undefined) fleet[demo.fault.provider].faults.add(demo.fault.rule);
  const seenBefore = callsOf(demo, fleet);
  let run = await api.start(demo.flowId, demo.parameters);
  show(run, demo.title);
  let answered = false;
  while (!isTerminal(run.status as Status)) {
    await sleep(LOOK_EVERY_MS, undefined, { signal });
    const next = await api.run(run.id);
    if (changed(run, next)) show(next);
    run = next;
    if (demo.answer !== undefined && !answered && run.waitingFor?.url !== undefined) {
      answered = true;
      await answerPage(run.waitingFor.url, demo.answer);
      show(run, 'a person opens the page and answers');
    }
  }
  const output = await api.output(run.id);
  for (const file of output.files) await checkBytes(api, file);
  return { demo, run, output, asExpected: isAsExpected(demo, run, output, callsOf(demo, fleet) - seenBefore) };
}

function isAsExpected(demo: DemoCase, run: RunView, output: OutputView, calls: number): boolean {
  return (
    run.status === demo.status &&
    run.fallout?.reason === demo.falloutReason &&
    (demo.once === undefined || calls === 1) &&
    (demo.output === undefined || demo.output(output))
  );
}

function callsOf({ once }: DemoCase, fleet: Fleet): number {
  if (once === undefined) return 0;
  return fleet[once.provider].requests.filter(({ method, path }) => method === once.method && once.path.test(path))
    .length;
}

function changed(before: RunView, after: RunView): boolean {
  const words = ({ status, remoteStatus, progress }: RunView) => JSON.stringify([status, remoteStatus, progress]);
  return words(before) !== words(after);
}

/** What a browser sends when a person fills in the page's form. */
async function answerPage(url: string, fields: Readonly<Record<string, string>>): Promise<void> {
  await fetch(url);
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
  if (!response.ok) throw new Error(`The page of the platform answered ${response.status}.`);
}

async function checkBytes(api: ApiClient, file: OutputView['files'][number]): Promise<void> {
  const bytes = await api.file(file.href);
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
  const sha256 = Buffer.from(digest).toString('hex');
  if (sha256 !== file.sha256 || bytes.byteLength !== file.bytes)
    throw new Error(`The bytes of ${file.name} are not what the platform sent.`);
}
