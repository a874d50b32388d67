/** Tries pages in one workspace, block by block, in the order in which a reader types them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences } from './outcome.ts';
import { blocksOf, whereIs } from './pages.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** Pages that are tried in one workspace, in this order; those later on rely on what the first has started. */
export const GROUPS = {
  first: ['README.md', 'docs/cli.md', 'docs/console.md'],
  guides: [
    'docs/api.md',
    'docs/events/README.md',
    'docs/operations.md',
    'docs/cost-and-scale.md',
    'docs/writing-a-provider.md',
    'docs/reliability.md',
  ],
} as const;

const BLOCK_MS = 180_000;

/** One test for each block; what a page starts goes on for the pages after it. */
export function tryPages(pages: readonly string[]): void {
  const cleanUps: (() => Promise<void>)[] = [];
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await openWorkspace((task) => cleanUps.unshift(task));
  });
  afterAll(async () => {
    for (const task of cleanUps) await task();
  });

  describe.each(pages)('%s', (page) => {
    it.each(blocksOf(page).map((block) => ({ where: whereIs(block), block })))(
      'says what happens at $where',
      async ({ block }) => {
        const outcome = await workspace.type(block);
        expect(differences(block, outcome), `${block.text}\n\n${outcome.output}`).toEqual([]);
      },
      BLOCK_MS,
    );
  });
}
