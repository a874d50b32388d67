/** The table of threats: what could be done to us, what keeps it from being done, and the tests that fail without that. */
import type { ProofRow } from '../helpers/proof-table.ts';
import { CALLER_ROWS } from './table-callers.ts';
import { CLOUD_ROWS } from './table-cloud.ts';
import { PLATFORM_ROWS } from './table-platforms.ts';

export interface SecurityRow extends ProofRow {
  readonly threat: string;
  /** What keeps it from happening, as it is built. */
  readonly control: string;
  /** Where it is built in another way than the list of threats that we began with asks for, and why. */
  readonly differs?: string;
  /** What no test here can hold. */
  readonly open?: string;
}

/** S1 to S25: none may be left out. */
export const THREATS: readonly string[] = Array.from({ length: 25 }, (_, index) => `S${index + 1}`);

/** In the order of the list; the files they are kept in go by where a threat comes from. */
export const SECURITY_TABLE: readonly SecurityRow[] = [...CALLER_ROWS, ...PLATFORM_ROWS, ...CLOUD_ROWS].sort(
  (a, b) => THREATS.indexOf(a.id) - THREATS.indexOf(b.id),
);
