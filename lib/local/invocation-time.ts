/** How long a call of a function has taken: its work at the machine's pace, its waits by the runtime's clock. */
export interface InvocationTime {
  spentMs(): number;
  /** A wait begins. What the clock is put forward beyond its end is not the call's. */
  rest(dueMs: number): void;
  /** The last of its waits is over. */
  resume(): void;
}

/**
 * @param machineNow the machine's time.
 * @param now the runtime's, which may be ahead.
 */
export function createInvocationTime(machineNow: () => number, now: () => number): InvocationTime {
  let spentMs = 0;
  let workingSinceMs = machineNow();
  let resting: { readonly sinceMs: number; readonly dueMs: number } | undefined;
  const restedMs = () => (resting ? Math.max(0, Math.min(now(), resting.dueMs) - resting.sinceMs) : 0);
  const workedMs = () => (resting ? 0 : machineNow() - workingSinceMs);
  return {
    spentMs: () => spentMs + workedMs() + restedMs(),
    rest(dueMs) {
      spentMs += workedMs();
      resting = { sinceMs: resting?.sinceMs ?? now(), dueMs: Math.max(dueMs, resting?.dueMs ?? dueMs) };
    },
    resume() {
      spentMs += restedMs();
      resting = undefined;
      workingSinceMs = machineNow();
    },
  };
}
