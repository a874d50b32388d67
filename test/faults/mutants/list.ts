import type { Killer, Mutant } from './mutant.ts';

/** The harness stops soon after the first of these that breaks a promise, so there may be many. */
const SEEDS = { from: 1, seeds: 400 } as const;

const faults = (invariant: string, seed: number): Killer => ({ by: 'faults', ...SEEDS, invariant, seed });

export const MUTANTS: readonly Mutant[] = [
  {
    id: 'M1',
    slug: 'no-intent',
    breaks: 'Nothing is written down before the start call, and a call that failed is made again.',
    killer: faults('I3', 1),
  },
  {
    id: 'M2',
    slug: 'lock-with-expiry',
    breaks: 'The intent is only a lock, as of a generic idempotency helper: it expires, and goes when the call throws.',
    killer: faults('I3', 1),
  },
  {
    id: 'M3',
    slug: 'ambiguous-retried',
    breaks: 'A start whose answer was lost is sent again.',
    killer: faults('I3', 3),
  },
  {
    id: 'M4',
    slug: 'no-nonce',
    breaks: 'A write whose answer was lost does not know itself again: safe, but a human is asked more often.',
    killer: { by: 'test', file: 'test/aws/dynamodb-run-store.test.ts', title: 'is not taken for a rival' },
    because: 'Nothing is broken: in seeds 1 to 800, 73 of 1,157 runs need a human instead of 65 of 1,156.',
  },
  {
    id: 'M5',
    slug: 'random-names',
    breaks: 'Requests under one key make a run each, and executions have random names.',
    killer: faults('I2', 1),
  },
  {
    id: 'M5b',
    slug: 'random-execution-name',
    breaks: 'Executions have random names, so that a start that is asked for twice makes two.',
    killer: faults('I14', 48),
  },
  {
    id: 'M6',
    slug: 'unconditional-end',
    breaks: 'An end is written whatever the record says by then.',
    killer: faults('I7', 74),
  },
  {
    id: 'M6b',
    slug: 'random-name-unconditional-end',
    breaks: 'Executions have random names, and each writes its end whatever the record says by then.',
    killer: { by: 'faults', from: 121, seeds: 20, invariant: 'I7', seed: 133 },
  },
  {
    id: 'M7',
    slug: 'no-sweeper',
    breaks: 'The sweep repairs no run.',
    killer: faults('I16', 4),
  },
  {
    id: 'M8',
    slug: 'no-fence',
    breaks: 'Whoever finds an intent looks for its job at once, and asks a human where there is none: safe, but dear.',
    killer: { by: 'fallout', from: 1, seeds: 400, most: 0.01 },
  },
  {
    id: 'M9',
    slug: 'time-in-input',
    breaks: 'The input of an execution holds the time, so that the same start is refused as another.',
    killer: faults('I14', 14),
  },
  {
    id: 'M10',
    slug: 'late-id-dropped',
    breaks: 'The id of a job is dropped when the run was judged before its answer came.',
    killer: { by: 'test', file: 'test/workflow/record-start-late.test.ts', title: 'is kept for a human' },
    because: 'Nobody judges a run before its fence, and by then the call has ended at a limit of its own.',
  },
  {
    id: 'M11',
    slug: 'cancel-in-doubt',
    breaks: 'A run is canceled while its start is in doubt.',
    killer: faults('I6', 47),
  },
  {
    id: 'M12',
    slug: 'list-without-fence',
    breaks: 'A job that is not in the list yet counts as not accepted, and is started again.',
    killer: faults('I3', 35),
  },
  {
    id: 'M13',
    slug: 'unconditional-end-direct-cancel',
    breaks: 'A cancellation ends every run at once, and an end is written whatever the record says by then.',
    killer: { by: 'faults', from: 61, seeds: 40, invariant: 'I7', seed: 74 },
  },
  {
    id: 'M14',
    slug: 'acknowledged-after-start',
    breaks: 'A message is acknowledged only once its execution has started.',
    killer: faults('I18', 25),
  },
  {
    id: 'P1',
    slug: 'timer-cleared-at-headers',
    breaks: 'The time limits of a call end when the head of its reply has come.',
    killer: { by: 'test', file: 'test/http/lost-reply.test.ts', title: 'gives up within the body too' },
    because: 'The harness has no sockets.',
  },
  {
    id: 'P2',
    slug: 'redirects-followed',
    breaks: 'A redirect is followed, with the key, to whatever host it names.',
    killer: { by: 'wire-faults', only: ['redirect', 'bryter', 'poll'] },
    because: 'The harness has no sockets.',
  },
  {
    id: 'P3',
    slug: 'retry-after-ignored',
    breaks: 'A platform that asks for a pause is not heard.',
    killer: faults('I12', 15),
  },
  {
    id: 'P4',
    slug: 'unknown-is-success',
    breaks: 'A word that the platform does not document counts as success.',
    killer: faults('I5', 48),
  },
  {
    id: 'P5',
    slug: 'missing-is-failed',
    breaks: 'A job that the platform does not know for a moment counts as failed.',
    killer: faults('I5', 37),
  },
  {
    id: 'P6',
    slug: 'key-never-refreshed',
    breaks: 'A key that was refused is not read again.',
    killer: { by: 'test', file: 'test/workflow/start-protocol.test.ts', title: 'uses the key as it is now' },
    because:
      'The key in the cache is read again after five minutes anyway, well within the time in which a refusal is borne.',
  },
  {
    id: 'P7',
    slug: 'message-logged',
    breaks: 'The message of any error is logged, and with it what it quotes.',
    killer: { by: 'test', file: 'test/aws/service-errors.test.ts', title: 'is told by letters from a closed list' },
    because: 'The harness stands where the log of the functions does, and without sockets no error quotes a secret.',
  },
  {
    id: 'P8',
    slug: 'tenant-condition-missing',
    breaks: 'A key that is limited to some flows sees them all.',
    killer: { by: 'test', file: 'test/api/matrix.test.ts' },
    because: 'All callers of the harness share one key.',
  },
  {
    id: 'P9',
    slug: 'key-compared-by-equals',
    breaks: 'Keys are compared byte by byte until one differs, so that the time it takes tells how much was right.',
    killer: { by: 'test', file: 'test/api/key-comparison.test.ts' },
    because: 'Only a look at the source tells it for certain.',
  },
  {
    id: 'P10',
    slug: 'no-decoded-size-cap',
    breaks: 'A reply may be as large as it likes once it is decoded.',
    killer: { by: 'wire-faults', only: ['gzip_bomb', 'bryter', 'poll'] },
    because: 'The harness has no sockets.',
  },
  {
    id: 'P11',
    slug: 'own-clock-believed',
    breaks: 'A lost start is looked for by our clock in a list that the platform dates by its own.',
    killer: faults('I3', 3),
  },
  {
    id: 'P12',
    slug: 'job-back-in-queue',
    breaks: 'A run that is going counts as queued again when its platform says so.',
    killer: { by: 'faults', from: 401, seeds: 60, invariant: 'I7', seed: 435 },
  },
  {
    id: 'P13',
    slug: 'one-list-believed',
    breaks: 'One list that does not show a lost start counts as proof that there is none.',
    killer: { by: 'faults', from: 641, seeds: 20, invariant: 'I3', seed: 650 },
  },
  {
    id: 'P14',
    slug: 'timers-believed',
    breaks:
      'Whether there is still time for a start is told by timers alone, which stand still while a machine sleeps.',
    killer: { by: 'test', file: 'test/http/not-sent.test.ts', title: 'when the machine slept' },
    because: 'Most such jobs are still found in the list: it takes a process that dies at that moment as well.',
  },
  {
    id: 'P15',
    slug: 'attempt-before-adopted',
    breaks: 'The job of an attempt before is taken for the lost start of the present one.',
    killer: { by: 'faults', from: 621, seeds: 20, invariant: 'I5', seed: 621 },
  },
  {
    id: 'P16',
    slug: 'changed-target-searched',
    breaks: 'A lost start is looked for as what the flow would start now, and not as what it was.',
    killer: faults('I3', 261),
  },
  {
    id: 'P17',
    slug: 'lists-at-once',
    breaks: 'When an execution is stopped by hand, the second list is asked for at once.',
    killer: { by: 'test', file: 'test/workflow/reconcile.test.ts', title: 'is asked for again a lag later' },
  },
  {
    id: 'P18',
    slug: 'changed-flow-searched',
    breaks: 'A lost start is looked for where the connection leads now, by the names that values have now.',
    killer: { by: 'test', file: 'test/workflow/reconcile.test.ts', title: 'is not searched by' },
    because: 'The flows of the harness get other targets, not other names or connections.',
  },
];
