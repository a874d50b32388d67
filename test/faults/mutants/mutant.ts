/** A change of `lib` that breaks a promise on purpose, and who has to notice. */
export interface Mutant {
  /** As in the list of mutants that the harness was designed with; `P` for those of the product. */
  readonly id: string;
  /** Of the patch beside this file: `<id>-<slug>.patch`. */
  readonly slug: string;
  /** What it breaks, in one sentence. */
  readonly breaks: string;
  readonly killer: Killer;
  /** Why the harness does not notice it, where it is not the harness that does. */
  readonly because?: string;
}

export type Killer =
  /** Seeds of the fault harness; the invariant and the seed that were found when it was listed. */
  | {
      readonly by: 'faults';
      readonly from: number;
      readonly seeds: number;
      readonly invariant: string;
      readonly seed: number;
    }
  /** Safe, but dear: more than this share of the runs that can be looked up at their platform need a human all the same. */
  | { readonly by: 'fallout'; readonly from: number; readonly seeds: number; readonly most: number }
  /** A test file, or the tests in it whose titles hold some words. */
  | { readonly by: 'test'; readonly file: string; readonly title?: string }
  /** Cells of the wire faults that are called so. */
  | { readonly by: 'wire-faults'; readonly only: readonly string[] };

export const patchOf = ({ id, slug }: Mutant): string => `${id}-${slug}.patch`;
