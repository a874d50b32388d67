/**
 * A program: the embedded runtime, which kills itself where a run has been accepted and its execution is about to be
 * started. Takes a `Mortal` as JSON, prints its environment in one line of JSON once it is ready.
 */
import { apiDependencies } from '../../lib/aws/dependencies.ts';
import { devKey } from '../../lib/cli/local/dev-key.ts';
import { ENV } from '../../lib/contract.ts';
import { adjustableClock } from '../../lib/local/adjustable-clock.ts';
import { startRuntime } from '../../lib/local/runtime.ts';
import { startServiceProxy } from '../helpers/service-proxy.ts';

export interface Mortal {
  readonly dataDir: string;
  readonly configFile: string;
  /** So many executions are started, the next one ends the process. Absent: it lives, and nothing is refused. */
  readonly startsToLive?: number;
  /** How far its clock is ahead of the machine's. */
  readonly aheadMs: number;
}

const { dataDir, configFile, startsToLive, aheadMs }: Mortal = JSON.parse(process.argv[2] ?? '{}');
/** One in four executions cannot be started as long as the process is mortal: of these letters a run's id ends in. */
const REFUSED = /run_\w+[0-7]-g1"/;

const machine = await startServiceProxy(() => {});
let started = 0;
machine.trouble = ({ operation, body }) => {
  if (operation !== 'StartExecution' || startsToLive === undefined) return undefined;
  if (REFUSED.test(body)) return 'unreachable';
  started += 1;
  if (started > startsToLive) process.kill(process.pid, 'SIGKILL');
  return undefined;
};
const clock = adjustableClock();
clock.advance(aheadMs);
const runtime = await startRuntime({
  dataDir,
  configFile,
  port: 0,
  clock,
  log: (line) => process.stderr.write(`${line}\n`),
  functionEnvironment(own) {
    machine.target = String(own.AWS_ENDPOINT_URL_SFN);
    return { ...own, AWS_ENDPOINT_URL_SFN: machine.url };
  },
});
Object.assign(process.env, runtime.environment);
await devKey(apiDependencies(), runtime.environment[ENV.environment] ?? 'local', dataDir);
process.stdout.write(`${JSON.stringify({ ...runtime.environment, ERRAND_API_URL: runtime.apiUrl })}\n`);
