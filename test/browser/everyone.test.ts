import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { graveFaults } from './axe.ts';
import { createConsoleWorld, type Theme } from './console-world.ts';
import { flowsOfConsole } from './flows.ts';
import { holds } from './pages.ts';
import { beginSomeRuns, type SomeRuns } from './some-runs.ts';

const { errand, visit } = createConsoleWorld({ flows: await flowsOfConsole() });

let runs: SomeRuns;
beforeAll(async () => {
  runs = await beginSomeRuns(errand());
});

/** Every page, by what it is called. */
const paths = (): readonly (readonly [name: string, path: string])[] => [
  ['runs', '/console/runs'],
  ['filtered runs', '/console/runs?status=FAILED&flow=import-actuals'],
  ['no runs', '/console/runs?status=TIMED_OUT'],
  ['a finished run', `/console/runs/${runs.finished}`],
  ['a failed run', `/console/runs/${runs.failed}`],
  ['a run that waits', `/console/runs/${runs.waiting}`],
  ['a run in fallout', `/console/runs/${runs.fallout}`],
  ['a run under way', `/console/runs/${runs.queued}`],
  ['flows', '/console/flows'],
  ['a flow', '/console/flows/write-offer'],
  ['connections', '/console/connections'],
  ['fallout', '/console/fallout'],
  ['a wrong address', '/console/nowhere'],
];

async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).or(page.getByText('There is no such page')).first().waitFor();
  await holds(page, 'document.querySelector("[aria-busy=true]") === null');
  // What is read after the first of it: a timeline, a chart.
  await page.waitForTimeout(500);
}

/** What `find` finds on each page, without the pages where that is nothing. */
async function onEachPage(page: Page, find: (page: Page) => Promise<readonly string[]>) {
  const found: Record<string, readonly string[]> = {};
  for (const [name, path] of paths()) {
    await page.goto(path);
    await settled(page);
    const faults = await find(page);
    if (faults.length > 0) found[name] = faults;
  }
  return found;
}

const themes: readonly Theme[] = ['light', 'dark'];

describe('the console is for everyone:', () => {
  it.each(themes)('nothing on any page keeps anybody out, in the %s theme', { timeout: 120_000 }, async (theme) => {
    const stranger = await visit({ theme, key: undefined });
    expect(await graveFaults(stranger)).toEqual([]);
    const page = await visit({ theme });
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe(theme);
    expect(await onEachPage(page, graveFaults)).toEqual({});
  });

  it.each(themes)('nor does a question that is asked before something happens, in the %s theme', async (theme) => {
    const page = await visit({ theme });
    for (const [path, button] of [
      ['connections', 'Pause bryter'],
      [`runs/${runs.waiting}`, 'Cancel run'],
      [`runs/${runs.failed}`, 'Rerun'],
      [`runs/${runs.fallout}`, 'Resolve'],
      ['fallout', 'Decide'],
    ] as const) {
      await page.goto(`/console/${path}`);
      await page.getByRole('button', { name: button }).click();
      await page.getByRole('dialog').waitFor();
      expect(await graveFaults(page), button).toEqual([]);
    }
  });

  it('a fault would be found', async () => {
    const page = await visit({ path: '/console/connections' });
    await page.evaluate('document.querySelector("main").append(document.createElement("input"))');
    expect(await graveFaults(page)).toEqual([expect.stringContaining('label')]);
  });

  it('on a telephone nothing is wider than the screen', { timeout: 120_000 }, async () => {
    const page = await visit({ width: 390 });
    const tooWide = async () => {
      const [content, screen] = await page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      );
      return content > screen ? [`${content} of ${screen} pixels`] : [];
    };
    expect(await onEachPage(page, tooWide)).toEqual({});
  });

  it('the theme is the system’s until somebody chooses, and stays chosen', async () => {
    const page = await visit({ theme: 'dark' });
    const theme = () => page.evaluate('document.documentElement.dataset.theme');
    expect(await theme()).toBe('dark');
    await page.getByRole('button', { name: 'Switch to the light theme' }).click();
    expect(await theme()).toBe('light');
    await page.reload();
    await page.getByRole('button', { name: 'Switch to the dark theme' }).waitFor();
    expect(await theme()).toBe('light');
  });
});
