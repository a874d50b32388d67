/** Reads what a server says of its quota: the fields of the IETF's drafts, old and new, and the `X-` ones they grew from. */

/** What is wanted of a reply: a field's value by lower-case name. */
type Header = (name: string) => string | undefined;

const WHOLE = /^\d{1,10}$/;
/** Seconds since 1970 rather than seconds from now. */
const EPOCH_FROM = 1_000_000_000;
/** `limit=100, remaining=0, reset=30`, as the draft's seventh version had it. */
const DICTIONARY = /^limit=\d{1,10}, *remaining=(\d{1,10}), *reset=(\d{1,10})$/;
/** One member of a structured list: `"daily";r=0;t=30`. */
const MEMBER =
  /("[^"\\]*"|[A-Za-z*][\w.*/:-]*)((?:; *[a-z*][\w.*-]*(?:=(?:-?\d{1,15}|"[^"\\]*"|:[\w+/=]*:))?)*)(?: *, *(?!$)|$)/y;
const PARAMETER = /; *([a-z*][\w.*-]*)(?:=("[^"]*"|[^;]*))?/g;

/**
 * Milliseconds until there is quota again; undefined while some is left, and for whatever does not follow the rules.
 * @param dateMs the reply's own clock, against which a moment counts.
 */
export function untilQuota(header: Header, dateMs: number | undefined): number | undefined {
  const [, remaining, reset] = DICTIONARY.exec(header('ratelimit') ?? '') ?? [];
  const waits = [
    untilReset(remaining, reset, dateMs),
    untilWindow(header('ratelimit'), header('ratelimit-policy')),
    untilReset(header('ratelimit-remaining'), header('ratelimit-reset'), dateMs),
    untilReset(header('x-ratelimit-remaining'), header('x-ratelimit-reset'), dateMs),
  ].filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** `Number` would take an empty text for nothing left, and `Infinity` for a time. */
function wholeOf(text: string | undefined): number | undefined {
  return WHOLE.test(text ?? '') ? Number(text) : undefined;
}

function untilReset(remaining: string | undefined, reset: string | undefined, dateMs: number | undefined) {
  const at = wholeOf(reset);
  if (wholeOf(remaining) !== 0 || at === undefined) return undefined;
  if (at < EPOCH_FROM) return at * 1_000;
  return dateMs === undefined ? undefined : Math.max(0, at * 1_000 - dateMs);
}

/** The longest of the windows that are used up; one that does not say when it ends is over after its whole length. */
function untilWindow(limits: string | undefined, policies: string | undefined): number | undefined {
  const windows = membersOf(limits);
  if (windows.some(({ r }) => wholeOf(r) === undefined)) return undefined;
  const lengths = membersOf(policies);
  const seconds = windows
    .filter(({ r }) => Number(r) === 0)
    .map(({ name, t }) => wholeOf(t ?? lengths.find((policy) => policy.name === name)?.w));
  const known = seconds.filter((wait) => wait !== undefined);
  return known.length === 0 ? undefined : Math.max(...known) * 1_000;
}

type Member = Readonly<Partial<Record<string, string>>>;

/** Members by their parameters and `name`; none at all when any is malformed, as structured fields have it. */
function membersOf(value = ''): readonly Member[] {
  const members: Member[] = [];
  for (let at = 0; at < value.length; at = MEMBER.lastIndex) {
    MEMBER.lastIndex = at;
    const [, name, parameters = ''] = MEMBER.exec(value) ?? [];
    if (name === undefined) return [];
    const pairs = [...parameters.matchAll(PARAMETER)].map(([, key, text]) => [key, text]);
    members.push({ ...Object.fromEntries(pairs), name });
  }
  return members;
}
