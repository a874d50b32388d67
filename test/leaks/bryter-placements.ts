/** In every part of BRYTER's replies to a start and to looks. */
import { KEYS, SENSITIVE } from './canaries.ts';
import { base, echo, input, inTurn, type Own, type Placement, page, type Reply, rule } from './placement.ts';

const B = echo(KEYS.bryterKey);
const DONE: Reply = { body: { data: { state: 'completed' } } };

function bryter(id: string, start: Reply | undefined, looks: readonly Reply[], own: Own): Placement {
  const path = `/api/execution/${id}/sessions`;
  const begun: Reply = { status: 201, body: { data: { id: `session-${id}`, state: 'created' } } };
  return {
    id,
    platform: 'bryter',
    rules: [
      rule('POST', `${path}$`, start ?? begun),
      ...inTurn('GET', `${path}/`, looks.length === 0 ? [DONE] : looks),
    ],
    input,
    ...own,
    flow: { connection: 'bryter', target: { publishedModuleId: id }, ...base, ...own.flow },
  };
}

/** The first 2 KiB of a reply are kept: what fits in between is cut, and what is cut is shown once the rest is masked. */
const CUT = `${`${KEYS.bryterKey} `.repeat(81)}${'.'.repeat(11)}${KEYS.bryterKey}`;

export const BRYTER: readonly Placement[] = [
  bryter('refusal-text', { status: 400, body: B }, [], { ends: 'FALLOUT' }),
  bryter('refusal-json', { status: 422, body: { errors: [{ message: B }] } }, [], { ends: 'FALLOUT' }),
  bryter('refusal-names', { status: 400, body: { [B]: { [B]: 1 } } }, [], { ends: 'FALLOUT' }),
  bryter('refusal-nested', { status: 400, body: { a: { b: [[{ c: JSON.stringify(JSON.stringify(B)) }]] } } }, [], {
    ends: 'FALLOUT',
  }),
  bryter('too-large', { status: 413, body: B }, [], { ends: 'FALLOUT' }),
  bryter('start-page', { status: 502, ...page(B) }, [], { ends: 'FALLOUT' }),
  bryter('start-page-200', { ...page(B) }, [], { ends: 'FALLOUT' }),
  bryter('start-lost', { status: 500, body: B }, [], { ends: 'FALLOUT' }),
  bryter(
    'start-redirect',
    { status: 307, headers: { location: `https://${KEYS.bryterKey}.example/?${KEYS.bryterKey}` }, body: B },
    [],
    { ends: 'FALLOUT' },
  ),
  bryter('start-throttled', { status: 429, headers: { 'retry-after': KEYS.bryterKey }, body: B }, [], {
    ends: 'TIMED_OUT',
  }),
  bryter(
    'start-unauthorised',
    { status: 401, headers: { 'www-authenticate': `Bearer ${KEYS.bryterKey}` }, body: B },
    [],
    { ends: 'FALLOUT' },
  ),
  bryter('start-disguised', { status: 404, body: B }, [], { ends: 'FALLOUT' }),
  bryter('start-id', { status: 201, body: { data: { id: KEYS.bryterKey, state: 'created' } } }, [], {
    ends: 'FALLOUT',
  }),
  bryter('start-reversed-id', { status: 201, body: { id: [...KEYS.bryterKey].reverse().join('') } }, [], {
    ends: 'FALLOUT',
  }),
  bryter('start-location', { status: 201, headers: { location: `/sessions/${KEYS.bryterKey}` }, body: '' }, [], {
    ends: 'FALLOUT',
  }),
  bryter('start-word', { status: 201, body: { data: { id: 'session-start-word', state: B } } }, [], {
    ends: 'SUCCEEDED',
  }),
  bryter(
    'start-link',
    {
      status: 201,
      body: {
        data: { id: 'session-start-link' },
        links: { browser: `/go?k=${KEYS.bryterKey}&m=${encodeURIComponent(SENSITIVE.email)}#${KEYS.bryterKey}` },
      },
    },
    [],
    { ends: 'SUCCEEDED' },
  ),
  bryter('look-word', undefined, [{ body: { data: { state: B } } }, DONE], { ends: 'SUCCEEDED' }),
  bryter(
    'look-link',
    undefined,
    [
      {
        body: {
          data: { state: 'waiting_for_input' },
          links: { browser: `/${KEYS.bryterKey}/${encodeURIComponent(SENSITIVE.note)}` },
        },
      },
    ],
    { ends: 'TIMED_OUT' },
  ),
  bryter('look-500', undefined, [{ status: 500, body: B }, DONE], { ends: 'SUCCEEDED' }),
  bryter('look-page', undefined, [{ status: 500, ...page(B) }, DONE], { ends: 'SUCCEEDED' }),
  bryter('look-cut', undefined, [{ status: 500, body: CUT }, DONE], { ends: 'SUCCEEDED' }),
  bryter(
    'look-redirect',
    undefined,
    [{ status: 302, headers: { location: `https://x.${KEYS.bryterKey}/` }, body: B }, DONE],
    { ends: 'SUCCEEDED' },
  ),
  bryter('look-shape', undefined, [{ body: { data: { state: { [KEYS.bryterKey]: B } } } }, DONE], {
    ends: 'SUCCEEDED',
  }),
  bryter('look-no-json', undefined, [{ body: `{"${B}` }, DONE], { ends: 'SUCCEEDED' }),
  bryter(
    'look-throttled',
    undefined,
    [{ status: 503, headers: { 'retry-after': B.slice(0, 900).replace(/[^\x20-\x7e]/g, '?') }, body: B }, DONE],
    { ends: 'SUCCEEDED' },
  ),
  bryter('look-gone', undefined, [{ status: 404, body: B }, DONE], { ends: 'SUCCEEDED' }),
  bryter('look-unauthorised', undefined, [{ status: 403, body: B }, DONE], { ends: 'SUCCEEDED' }),
  bryter('look-other-id', undefined, [{ body: { data: { id: KEYS.bryterKey, state: 'running' } } }, DONE], {
    ends: 'SUCCEEDED',
  }),
];
