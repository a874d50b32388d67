/** The runtime and one platform on a clock that leaps from one due time to the next. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdjustableClock } from '../../lib/local/adjustable-clock.ts';
import type { LocalClock } from '../../lib/local/clock.ts';
import { type Runtime, type RuntimeOptions, startRuntime } from '../../lib/local/runtime.ts';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';

export interface VirtualRuntime {
  readonly runtime: Runtime;
  /** Lets time pass until no execution runs any more. */
  untilEnded(): Promise<void>;
  close(): Promise<void>;
}

/** The runtime's clock without its sweeps, which no single run pays for. */
function withoutRoutine(clock: AdjustableClock): LocalClock {
  return {
    ...clock,
    after: (ms, call, urgency) => (urgency === 'routine' ? () => {} : clock.after(ms, call, urgency)),
  };
}

export type VirtualRuntimeOptions = Pick<RuntimeOptions, 'build' | 'functionEnvironment' | 'meter'> & {
  readonly clock: AdjustableClock;
  readonly config: object;
};

export async function startVirtualRuntime({
  clock,
  config,
  ...options
}: VirtualRuntimeOptions): Promise<VirtualRuntime> {
  const directory = mkdtempSync(join(tmpdir(), 'errand-cost-'));
  const dataDir = join(directory, 'data');
  const configFile = join(directory, 'errand.config.json');
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(configFile, JSON.stringify(config));
  writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify(SAMPLE_SECRETS), { mode: 0o600 });
  const log = (line: string) => console.error(line);
  const own = { dataDir, configFile, port: 0, log, clock: withoutRoutine(clock) };
  const runtime = await startRuntime({ ...own, ...options });
  return {
    runtime,
    async untilEnded() {
      for (;;) {
        await runtime.idle();
        if (runtime.executions.countRunning() === 0) return;
        const dueMs = clock.nextDueMs();
        if (dueMs === undefined) throw new Error('An execution waits for nothing.');
        clock.advance(dueMs - clock.now());
      }
    },
    async close() {
      await runtime.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
