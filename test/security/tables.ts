/** The tables that the command knows, each with what it has to hold. */
import { markdownOf, type Told } from '../helpers/proof-report.ts';
import { INVARIANT_IDS, INVARIANTS, type PromiseRow } from '../reliability/invariants.ts';
import { PROMISE_IDS, PROMISES } from '../reliability/promises.ts';
import { SECURITY_TABLE, type SecurityRow, THREATS } from './table.ts';

export interface ProofTable {
  readonly ids: readonly string[];
  readonly rows: readonly Told[];
  /** Heads of the columns after the first. */
  readonly heads: readonly string[];
}

function threat({ differs, open, threat: what, control, ...row }: SecurityRow): Told {
  const remarks = [...(differs === undefined ? [] : [differs]), ...(open === undefined ? [] : [`Not tested: ${open}`])];
  return { ...row, what, how: control, remarks };
}

const promise = ({ promise: what, ...row }: PromiseRow): Told => ({ ...row, what });

export const TABLES = {
  security: { ids: THREATS, rows: SECURITY_TABLE.map(threat), heads: ['threat', 'what keeps it off', 'tests'] },
  invariants: { ids: INVARIANT_IDS, rows: INVARIANTS.map(promise), heads: ['what is true', 'tests'] },
  promises: { ids: PROMISE_IDS, rows: PROMISES.map(promise), heads: ['promise', 'tests'] },
} as const satisfies Readonly<Record<string, ProofTable>>;

export type TableName = keyof typeof TABLES;

/** As a page includes it. */
export function pageTable(name: TableName): string {
  const { rows, heads } = TABLES[name];
  return markdownOf(rows, heads);
}
