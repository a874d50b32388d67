/** Options of a test that holds real code to real time: a busy machine is slow once, a fault is slow every time. */
export const HELD_TO_THE_CLOCK = { retry: 2 } as const;
