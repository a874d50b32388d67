/** Threats that come from whoever calls the API. */
import type { SecurityRow } from './table.ts';

export const CALLER_ROWS: readonly SecurityRow[] = [
  {
    id: 'S1',
    threat: 'a stolen or guessed API key',
    control:
      'Keys are `errand_<environment>_<keyId>_<secret><checksum>` with 178 bits of chance, shown once and kept as a keyed hash; scopes, flows, expiry, and revocation at the next request.',
    tests: {
      'test/api/keys.test.ts': [
        'ends in the very checksum that scanners for leaked keys compute',
        'holds more chance than anybody can try',
        'is a keyed hash: neither the key nor its secret',
        'may have a second beside it',
        'is revoked for the very next request',
        'ends with the millisecond of its expiry',
      ],
      'test/security/source.test.ts': ['breaks none of the rules about certificates, chance'],
    },
  },
  {
    id: 'S2',
    threat: 'an answer, or the time it takes, tells what is wrong with a key',
    control:
      'Every wrong key has the same answer; unknown ids and wrong secrets cost the same two digests, which are compared by `timingSafeEqual`.',
    differs:
      'A key whose form alone shows that it is none is refused without any digest: its checksum is public and tells nothing. Times are measured by `bench/key-timing.ts`, since no test can depend on them.',
    tests: {
      'test/api/keys.test.ts': ['gets the same answer, whatever is wrong with it'],
      'test/security/same-work.test.ts': ['costs two digests and', 'costs nothing where its form alone tells'],
      'test/api/matrix.test.ts': ['has a cell for every call of the document and every kind of key'],
    },
  },
  {
    id: 'S3',
    threat: 'a remembered answer outlives a revocation, or opens another call',
    control:
      'No authoriser stands before the API and no valid key is remembered: each request asks the table, and its scope is checked for each call.',
    differs: 'There is no cache to have a time to live; what is remembered are wrong secrets, for a minute.',
    tests: {
      'test/security/template.test.ts': ['remembers no answer about a key'],
      'test/api/keys-refusals.test.ts': ['hide no revocation'],
      'test/security/doors.test.ts': ['is asked again for each call'],
    },
  },
  {
    id: 'S4',
    threat: 'guessing keys by the thousand',
    control:
      'The checksum and an end of the id that only we can make are checked before anything is read; an address that goes on is told to wait, and an alarm tells of it.',
    tests: {
      'test/api/keys-refusals.test.ts': [
        '%s cost the table next to nothing',
        'leave a valid key alone',
        'is told to wait, and for how long',
        'is counted and logged without the key',
      ],
      'test/infra/alarms.test.ts': ['are few, and each says what has happened'],
    },
  },
  {
    id: 'S5',
    threat: 'reaching what belongs to somebody else by its id',
    control:
      'What a key may see follows from the key alone; everything else does not exist for it, with the same 404 as for what is not there.',
    differs: 'A tenant is a key with its scopes and flows, so the keys of the table do not begin with one.',
    tests: {
      'test/api/matrix.test.ts': [
        'has a cell for every call of the document and every kind of key',
        'a key of another flow gets the answer for one that there is not',
      ],
      'test/security/doors.test.ts': [
        'each need what this list says, and only two need no key',
        'are behind their key in every spelling and method',
      ],
      'test/api/run-actions.test.ts': ['a run of another flow'],
    },
  },
  {
    id: 'S6',
    threat: 'setting a field, or calling a function, that is not for callers',
    control:
      'Bodies are strict and refused by the name of the field; replies hold only what the document lists; each call needs its scope, and no key gives what it lacks.',
    tests: {
      'test/security/mass-assignment.test.ts': [
        'is looked for in every call that takes a body',
        'is refused by $operationId',
      ],
      'test/api/openapi.test.ts': ['lets requests have no fields but its own'],
      'test/api/fuzz.test.ts': ['from the API alone', 'from the API on the true table'],
      'test/api/runs.test.ts': ['shows what callers may see and nothing that is ours'],
      'test/api/keys-grants.test.ts': ['cannot be climbed by a key of a key'],
    },
  },
  {
    id: 'S15',
    threat: 'sensitive parameters lie about where they are kept',
    control:
      'Sealed with AES-256-GCM for the id of their run; a request is known again by a keyed hash, from which nobody can find even four digits.',
    tests: {
      'test/security/at-rest.test.ts': ['are not to be read there in any spelling', 'cannot be found by trying'],
      'test/aws/input-vault.test.ts': [
        'opens nothing that was sealed for another run',
        'opens nothing of which any byte was changed',
        'digests by purpose, repeatably',
      ],
      'test/system/canary.test.ts': ['leaves no key, token or sensitive parameter'],
    },
  },
  {
    id: 'S16',
    threat: 'too much, too large, too slow: denial of service, and its bill',
    control:
      'Bodies, depths and names are limited before anything happens; a token bucket for each key, limits for each connection, rates of stage and queue, and no pattern that is slow for any text.',
    differs:
      'No quota of starts a day: `inFlight` and `requestsPerSecond` of a connection are the limits. Alarms tell of trouble; a budget for the bill is the account’s to set.',
    tests: {
      'test/api/body-limits.test.ts': ['is limited to the very last of its', 'is measured before anything is parsed'],
      'test/api/rate-limit.test.ts': ['costs another key nothing', 'has two seconds’ worth at once'],
      'test/system/load-limits.test.ts': [
        'never has to refuse one of 500 runs',
        'has exactly 20 jobs in flight where no more are allowed',
      ],
      'test/hostile/regexes.test.ts': ['reads fifty thousand hostile characters within ten milliseconds'],
      'test/hostile/deep-and-wide.test.ts': ['is taken or refused with our own words'],
      'test/hostile/bombs.test.ts': ['is cut off at the cap, and takes no memory worth a word'],
      'test/security/template.test.ts': ['has an end for whatever comes'],
    },
  },
  {
    id: 'S24',
    threat: 'somebody decides and nobody knows who',
    control:
      'Each call that changes something is written down with the key that made it: in the timeline or the record of its run, else in the log. Decisions on fallout need a reason; no function can change what was written.',
    differs:
      'To start again after doubt is one request and not two: it has a word of its own (`not-started`), needs a reason, and is refused where a start is known. The page says first what will happen.',
    tests: {
      'test/security/audit.test.ts': [
        'is written down with the key that decided',
        'is every call of the API that changes something',
        'says of a key that was made or revoked which one',
        'cannot be taken back by any function',
      ],
      'test/api/resolve.test.ts': [
        'refuses %j by the field that is wrong',
        'is refused where there is nothing to decide',
      ],
    },
  },
  {
    id: 'S25',
    threat: 'a link to a file reaches others, or its content is run',
    control:
      'Files are for keys that may see the run; a signed link works for five minutes; always an attachment that no browser sniffs, from a bucket without public access.',
    open: 'That S3 refuses an expired link with 403 is held by the services of the laptop; AWS itself was not asked.',
    tests: {
      'test/api/outputs.test.ts': [
        'is never anything that a browser would run',
        'has no link to what is not there, or not for this key',
      ],
      'test/aws/s3-output-store.test.ts': ['signs links for five minutes that always download'],
      'test/system/virtual-time.test.ts': ['is the time by which a signed link ends'],
      'test/security/own-keys-on-the-way.test.ts': ['follows the link to a file without its key'],
      'test/infra/errand-stack.test.ts': ['are encrypted, private and kept'],
    },
  },
];
