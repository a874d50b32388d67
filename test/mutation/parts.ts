/** What must be proven most, and the fast tests that prove it. */
export interface Part {
  readonly name: string;
  /** Whose code is changed. */
  readonly files: readonly string[];
  /** What must notice. */
  readonly tests: readonly string[];
}

export const PARTS: readonly Part[] = [
  {
    name: 'start protocol',
    files: [
      'lib/workflow/start-run.ts',
      'lib/workflow/record-start.ts',
      'lib/workflow/reconcile.ts',
      'lib/workflow/start-later.ts',
      'lib/workflow/start-request.ts',
      'lib/workflow/task.ts',
      'lib/workflow/update.ts',
    ],
    tests: [
      'test/workflow/{start-{later,paused,request,run},record-start-*,reconcile*,task}.test.ts',
      'test/workflow/{in-line,kept-back,maybe-started,moved-*}.test.ts',
    ],
  },
  {
    name: 'failure classifier',
    files: [
      'lib/http/failures.ts',
      'lib/http/reply.ts',
      'lib/http/watch.ts',
      'lib/providers/start-failure.ts',
      'lib/workflow/bad-look.ts',
      'lib/aws/service-errors.ts',
    ],
    tests: [
      'test/aws/service-errors.test.ts',
      'test/http/{failures,reply,reply-clock,reply-words,watch}.test.ts',
      'test/providers/start-failure.test.ts',
      'test/workflow/bad-look.test.ts',
    ],
  },
  {
    name: 'redaction',
    files: [
      'lib/domain/redact.ts',
      'lib/domain/spellings.ts',
      'lib/domain/text-views.ts',
      'lib/workflow/telling-id.ts',
      'lib/workflow/words.ts',
    ],
    tests: ['test/domain/{redact,spellings}.test.ts', 'test/workflow/{telling-id,words}.test.ts'],
  },
  {
    name: 'URL builder',
    files: ['lib/http/url.ts', 'lib/http/addresses.ts', 'lib/http/base-url.ts', 'lib/http/headers.ts'],
    tests: ['test/http/url.test.ts', 'test/http/addresses.test.ts', 'test/http/headers.test.ts'],
  },
  {
    name: 'authoriser',
    files: ['lib/api/authenticate.ts', 'lib/api/keys.ts', 'lib/api/key-text.ts', 'lib/api/key-grants.ts'],
    tests: ['test/api/{grant-key,guard,key-checks}.test.ts'],
  },
];
