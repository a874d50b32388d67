/** Where the functions act: every effect of theirs takes time, may be struck, and comes to nothing once its function is dead. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { FunctionName } from '../../lib/contract.ts';
import type { Effect, FaultKind } from './fault-kinds.ts';
import type { Strikes } from './strikes.ts';
import type { VirtualThread } from './virtual-thread.ts';

/** One call of a function. */
export interface Invocation {
  readonly name: FunctionName;
  /** Of the run that it is about, where the payload says so. */
  readonly runId: string | undefined;
  readonly begunAtMs: number;
  isDead: boolean;
  /** Ends it where it is. */
  readonly kill: () => void;
}

/** What a strike does instead of the effect; undefined: this kind does nothing here. */
export type Struck<Value> = (act: () => Promise<Value>) => Promise<Value>;
export type Strokes<Value> = Readonly<Partial<Record<FaultKind, Struck<Value>>>>;

export interface Stage {
  readonly thread: VirtualThread;
  readonly current: AsyncLocalStorage<Invocation>;
  effect<Value>(kind: Effect, act: () => Promise<Value>, strokes?: Strokes<Value>): Promise<Value>;
  /** Called at each boundary of an effect; true kills the invocation there. */
  atBoundary: (when: 'before' | 'after', effect: Effect, step: FunctionName) => boolean;
}

/** What a dead function still awaits never comes. */
const never = <Value>() => new Promise<Value>(() => {});

/** Between two effects others have their turn; what a function does in between is its own affair. */
const MAX_LATENCY_MS = 18;

export function createStage(thread: VirtualThread, strikes: Strikes): Stage {
  const current = new AsyncLocalStorage<Invocation>();

  const stage: Stage = {
    thread,
    current,
    atBoundary: () => false,
    async effect(kind, act, strokes = {}) {
      const invocation = current.getStore();
      await thread.sleep(1 + thread.random() * MAX_LATENCY_MS);
      if (invocation?.isDead) return never();
      const step = invocation?.name ?? 'world';
      const struck = strikes.at(kind, step);
      if (invocation && (struck === 'crash-before' || stage.atBoundary('before', kind, invocation.name))) {
        invocation.kill();
        return never();
      }
      const stroke = struck === undefined ? undefined : strokes[struck];
      const value = await (stroke === undefined ? act() : stroke(act));
      if (invocation?.isDead) return never();
      if (invocation && (struck === 'crash-after' || stage.atBoundary('after', kind, invocation.name))) {
        invocation.kill();
        return never();
      }
      return value;
    },
  };
  return stage;
}
