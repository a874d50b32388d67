/** What was recorded for the person who decides, as readable facts. Pure. */

export interface Fact {
  readonly name: string;
  readonly value: string;
  /** `instant`: ISO 8601, to be shown in the viewer's zone; `id`: worth copying. */
  readonly kind: 'text' | 'instant' | 'id';
}

type Evidence = Readonly<Record<string, unknown>>;

const NAMES: Readonly<Record<string, readonly [name: string, kind: Fact['kind']]>> = {
  calledAt: ['Start sent', 'instant'],
  answeredBy: ['No answer until', 'instant'],
  fenceUntil: ['Visible there by', 'instant'],
  attempt: ['Attempt', 'text'],
  correlation: ['Correlation', 'id'],
  said: ['What happened', 'text'],
  remoteId: ['Job', 'id'],
  url: ['Page', 'text'],
  waitingSince: ['Waiting since', 'instant'],
  messageId: ['Message', 'id'],
  bytes: ['Size', 'text'],
  issues: ['What is wrong', 'text'],
  parameters: ['Parameters', 'text'],
};

/** What of a run is shown beside its evidence, so that nothing stands there twice. */
export interface ShownElsewhere {
  readonly remoteId?: string | undefined;
  readonly error?: { readonly message: string } | undefined;
}

/** Facts in the order in which one asks for them; what is not known by name comes last, under its own. */
export function factsOf(evidence: Evidence | undefined, { remoteId, error }: ShownElsewhere = {}): readonly Fact[] {
  if (evidence === undefined) return [];
  const { said } = evidence;
  const isSaid = typeof said === 'string' && error?.message.includes(said) === true;
  const told = [isSaid ? 'said' : '', remoteId === undefined ? '' : 'remoteId'];
  const known = Object.keys(NAMES).filter((key) => evidence[key] !== undefined);
  const others = Object.keys(evidence).filter((key) => !Object.hasOwn(NAMES, key));
  return [...known, ...others]
    .filter((key) => !told.includes(key))
    .map((key): Fact => {
      const [name, kind] = (Object.hasOwn(NAMES, key) && NAMES[key]) || [spelled(key), 'text'];
      const value = evidence[key];
      const isInstant = kind === 'instant' && typeof value === 'string' && !Number.isNaN(Date.parse(value));
      return {
        name,
        value: key === 'bytes' ? `${String(value)} bytes` : worded(value),
        kind: kind === 'instant' && !isInstant ? 'text' : kind,
      };
    });
}

/** `insuredSum` as `Insured sum`. */
function spelled(key: string): string {
  const words = key.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function worded(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(worded).join('; ');
  if (typeof value !== 'object' || value === null) return String(value);
  const { path, message, ...rest } = value as Evidence;
  if (typeof path === 'string' && typeof message === 'string' && Object.keys(rest).length === 0)
    return path === '' ? message : `${path}: ${message}`;
  const pairs = Object.entries(value);
  return pairs.length === 0 ? 'none' : pairs.map(([name, given]) => `${name} = ${plain(given)}`).join(', ');
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
