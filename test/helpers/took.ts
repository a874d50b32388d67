import type { Took } from '../../lib/polling/flow-history.ts';

/** A run whose end was seen to the millisecond. */
export const exactly = (ms: number): Took => ({ fromMs: ms, toMs: ms });
