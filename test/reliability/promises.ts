/** The six promises of the product, and the tests that fail where one is broken. */
import type { PromiseRow } from './invariants.ts';

export const PROMISE_IDS: readonly string[] = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6'];

export const PROMISES: readonly PromiseRow[] = [
  {
    id: 'P1',
    promise: 'Every request that was acknowledged ends in exactly one recorded terminal status.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/system/queue-kill.test.ts': ['every message that was taken has its run and its job'],
      'test/system/kill-and-restart.test.ts': ['ends each of 30 runs'],
      'test/system/cancel-stop.test.ts': ['settles each run within two minutes'],
    },
  },
  {
    id: 'P2',
    promise: 'At most one remote start for each attempt, unless the platform is proven not to have taken it.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/workflow/start-protocol.test.ts': ['starts at most once when killed'],
      'test/system/fallout.test.ts': ['is not made again, and is put before a human once'],
      'test/wire-faults/wire-faults.test.ts': ['$name: $does'],
    },
  },
  {
    id: 'P3',
    promise: 'A bad look never fails a run; only a deadline ends the waiting.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/failure-modes/bad-looks.test.ts': [
        'bad looks, three of ten',
        'looks that are bad from the first to the last end a run at its deadline',
      ],
    },
  },
  {
    id: 'P4',
    promise: 'A terminal status never changes, but for a person’s decision on fallout. Every write is conditional.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/contracts/run-store.ts': [
        'never lets an end be written over',
        'lets one of two writers of the same version win',
      ],
      'test/system/records-table.test.ts': ['is not taken for a rival, whichever write it was'],
    },
  },
  {
    id: 'P5',
    promise: 'No key, token or sensitive parameter appears in a log, a state, an item, an event, an error or a URL.',
    tests: {
      'test/leaks/leak-hunt.test.ts': ['no key, token or sensitive value, in whatever spelling, is in'],
      'test/system/canary.test.ts': ['leaves no key, token or sensitive parameter'],
    },
  },
  {
    id: 'P6',
    promise: 'A duplicate request never makes a second run.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/system/queue.test.ts': ['become a run and a job each'],
      'test/system/queue-again.test.ts': ['start nothing twice, however often they are moved back'],
      'test/system/schedules.test.ts': ['make one run each, delivered up to four times more'],
      'test/system/records-keys.test.ts': ['gives a client that loses half of the replies one run per key'],
    },
  },
];
