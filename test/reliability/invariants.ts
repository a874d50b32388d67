/** What is true whatever goes wrong, and the tests that fail where it is not. */
import type { ProofRow } from '../helpers/proof-table.ts';

export interface PromiseRow extends ProofRow {
  readonly promise: string;
}

/** I1 to I15 hold after each step, I16 to I20 once faults have stopped and time has passed. */
export const INVARIANT_IDS: readonly string[] = Array.from({ length: 20 }, (_, index) => `I${index + 1}`);

export const INVARIANTS: readonly PromiseRow[] = [
  {
    id: 'I1',
    promise: 'What was acknowledged has a run; what was not is still in a queue. Never neither.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/system/queue-kill.test.ts': ['every message that was taken has its run and its job'],
      'test/aws/sqs-batch.test.ts': ['answers with exactly those that failed'],
      'test/api/start.test.ts': ['accepts exactly what it says it accepted, ten minutes long'],
    },
  },
  {
    id: 'I2',
    promise: 'One run for one idempotency key of one caller.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/contracts/run-store.ts': ['makes one run of twenty equal requests at once'],
      'test/system/records-keys.test.ts': ['gives a client that loses half of the replies one run per key'],
      'test/system/queue.test.ts': ['become a run and a job each'],
      'test/system/schedules.test.ts': ['make one run each, delivered up to four times more'],
    },
  },
  {
    id: 'I3',
    promise:
      'At most one job for one attempt; another attempt only where it is proven, or a person has said, that there is none.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/workflow/start-protocol.test.ts': [
        'starts at most once when killed',
        'never calls when it finds the intent of another invocation',
        'starts again once the list proves after the fence that nothing was accepted',
      ],
      'test/workflow/reconcile.test.ts': ['waits for its fence to the millisecond, and is never sent again'],
      'test/system/kill-and-restart.test.ts': ['ends each of 30 runs, started at most once at its platform'],
      'test/http/lost-reply.test.ts': ['is never sent twice by itself'],
    },
  },
  {
    id: 'I4',
    promise: 'An end, once written, stays; but for a decision of a person on fallout.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/contracts/run-store.ts': ['never lets an end be written over', 'lets a decision reopen fallout'],
      'test/domain/status.test.ts': ['never lets a terminal status change'],
      'test/system/cancel-race.test.ts': ['leaves one truth and no job that nobody knows of'],
    },
  },
  {
    id: 'I5',
    promise: 'A run succeeds or fails only because its own platform said so of this very job.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/failure-modes/another-run.test.ts': ["another run's end, or one out of a cache"],
      'test/failure-modes/broken-replies.test.ts': ['is no verdict and takes no time'],
      'test/failure-modes/words-and-ids.test.ts': ['ends nothing, out of'],
      'test/failure-modes/bad-looks.test.ts': ['bad looks, three of ten'],
    },
  },
  {
    id: 'I6',
    promise: 'Each job that a platform took is known to its run, or the run is with a person. No silent orphan.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/workflow/record-start.test.ts': ['what the platform answered to a start'],
      'test/system/cancel-race.test.ts': ['leaves one truth and no job that nobody knows of'],
      'test/system/fallout.test.ts': ['is not made again, and is put before a human once'],
      'test/contracts/run-store.ts': ['gives a remote run to one run of ours'],
    },
  },
  {
    id: 'I7',
    promise: 'Status, progress and version never go back, and the timeline has no gap.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/failure-modes/backwards.test.ts': ['replies from an earlier moment, one in twenty'],
      'test/failure-modes/progress.test.ts': ['a percentage of an earlier moment'],
      'test/domain/status.test.ts': ['grows its version and its timeline by one with each change'],
      'test/contracts/run-store.ts': ['keeps a timeline of a hundred events gap-free'],
    },
  },
  {
    id: 'I8',
    promise: 'No key, token or sensitive value is in anything that is kept, told or logged, however it is spelled.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/leaks/leak-hunt.test.ts': ['no key, token or sensitive value, in whatever spelling, is in'],
      'test/system/canary.test.ts': ['leaves no key, token or sensitive parameter'],
      'test/security/at-rest.test.ts': ['are not to be read there in any spelling'],
    },
  },
  {
    id: 'I9',
    promise:
      'No request leaves for another host than that of its connection, nor for an address of the machine or of nobody.',
    tests: {
      'test/hostile/ssrf.test.ts': [
        '%j (%s) is named by the configuration, and makes no connection',
        '%s, which is %j (%s), makes no connection',
      ],
      'test/hostile/hostile-platform.test.ts': ['of %i with %s is not followed, and the key goes nowhere'],
      'test/http/addresses.test.ts': ['is not reached by a name that changes its mind'],
    },
  },
  {
    id: 'I10',
    promise: 'A key neither sees nor moves what is not for it, and cannot tell that it is there.',
    tests: {
      'test/api/matrix.test.ts': [
        'has a cell for every call of the document and every kind of key',
        'a key of another flow gets the answer for one that there is not',
      ],
      'test/security/residue.test.ts': ['mixes nothing up of many at once'],
    },
  },
  {
    id: 'I11',
    promise: 'States stay within 4 KiB, items within 32 KiB, executions within 25,000 events, memory flat.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/system/records-sizes.test.ts': ['is kept out of the table', 'never travels between states'],
      'test/failure-modes/history-limit.test.ts': ['with six tries lost in each of them dies of no history'],
      'test/http/limits.test.ts': ['is cut off at the cap, and memory stays flat'],
    },
  },
  {
    id: 'I12',
    promise: 'Nobody is asked sooner than they said, nor more often than their limit allows.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/failure-modes/told-to-wait.test.ts': ['by %s is left alone for exactly so long'],
      'test/system/load-limits.test.ts': ['never has to refuse one of 500 runs'],
      'test/contracts/request-budgets.ts': ['keeps spacing and order whatever the interleaving'],
    },
  },
  {
    id: 'I13',
    promise: 'Nothing starts after its time to start, and nothing is looked at after its end.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/system/cancel-deadline.test.ts': ['work that could not be started within its time'],
      'test/workflow/poll-run.test.ts': ['takes one last look at the deadline'],
      'test/workflow/kept-back.test.ts': ['is not sent after all once its moment came too late'],
    },
  },
  {
    id: 'I14',
    promise: 'One generation of a run acts; one that was left behind only finds out that it was.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/failure-modes/history-limit.test.ts': ['leaves exactly one execution alive'],
      'test/infra/run-workflow.test.ts': ['starts the next generation of the same machine with a fixed name'],
      'test/local/state-machine-service.test.ts': ['gives the same ARN and start date again while the execution runs'],
    },
  },
  {
    id: 'I15',
    promise: 'What is published as an output is whole, stays as it is, and is of one run.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/aws/s3-output-store.test.ts': [
        'gives back %i bytes as they came, named after them',
        'publishes nothing when the source breaks off',
      ],
      'test/http/limits.test.ts': ['is never taken for whole when it is cut off'],
      'test/local/s3-service.test.ts': ['publishes once under If-None-Match, however many race'],
    },
  },
  {
    id: 'I16',
    promise: 'Once faults have stopped, each run ends, or waits with a deadline.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/system/queue-kill.test.ts': ['every message that was taken has its run and its job'],
      'test/system/kill-and-restart.test.ts': ['ends each of 30 runs'],
      'test/domain/status.test.ts': ['lets every open status end'],
      'test/infra/run-workflow.test.ts': ['leaves no run open: whatever else happens is settled'],
    },
  },
  {
    id: 'I17',
    promise: 'Each run in fallout is told of for each reason; twice only in the same words.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/system/fallout-queue.test.ts': [
        'fallout stays in the table while its queue refuses everybody',
        'four sweeps at once tell of all of it',
      ],
      'test/workflow/publish-fallout.test.ts': ['is told of a run once'],
    },
  },
  {
    id: 'I18',
    promise: 'No dead letter has a run that is well.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/system/queue.test.ts': ['leave no dead letter'],
      'test/workflow/take-message.test.ts': ['whose execution cannot be started is neither delivered again nor lost'],
    },
  },
  {
    id: 'I19',
    promise: 'No slot, lease or place in line outlives whoever had it by more than its time.',
    tests: {
      'test/faults/faults.test.ts': ['break no promise: nothing started twice, lost, falsely failed or left alone'],
      'test/system/load-slots.test.ts': [
        'come back a quarter of an hour after they were taken',
        'are never more than allowed and never lost, whatever dies when',
      ],
      'test/workflow/fire-slot.test.ts': ['holds other slots up for 15 minutes at most'],
    },
  },
  {
    id: 'I20',
    promise: 'After an outage, what has piled up is done when the limits predict it.',
    tests: {
      'test/system/load-outage.test.ts': ['is caught up with when that predicts it'],
    },
  },
];
