import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { graveFaults } from './axe.ts';
import { createConsoleWorld, type Theme } from './console-world.ts';
import { flowsOfConsole } from './flows.ts';
import { holds } from './pages.ts';
import { beginSomeRuns, type SomeRuns } from './some-runs.ts';

const { errand, visit } = createConsoleWorld({ flows: await flowsOfConsole() });

/** Most of the time goes by in waiting for a page. */
const SIDE_BY_SIDE = 3;

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

type Find = (page: Page) => Promise<readonly string[]>;

/** What is found on each page, without the pages where that is nothing; several are looked at side by side. */
async function onEachPage(first: Page, find: Find): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, readonly string[]> = {};
  const left = [...paths()];
  async function goThrough(page: Page): Promise<void> {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [name, path] = next;
      await page.goto(path);
      await settled(page);
      const faults = await find(page);
      if (faults.length > 0) found[name] = faults;
    }
  }
  const more = Array.from({ length: SIDE_BY_SIDE - 1 }, () => first.context().newPage());
  await Promise.all([first, ...(await Promise.all(more))].map(goThrough));
  return found;
}

const themes: readonly Theme[] = ['light', 'dark'];
const themeOf = (page: Page) => page.evaluate('document.documentElement.dataset.theme');

/** The page follows the system's theme while it is open. */
async function faultsInEachTheme(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme });
    await holds(page, `document.documentElement.dataset.theme === '${theme}'`);
    found.push(...(await graveFaults(page)).map((fault) => `${theme}: ${fault}`));
  }
  return found;
}

describe('the console is for everyone:', () => {
  it.each(themes)('nothing keeps a stranger out, in the %s theme', async (theme) => {
    const stranger = await visit({ theme, key: undefined });
    expect(await themeOf(stranger)).toBe(theme);
    expect(await graveFaults(stranger)).toEqual([]);
  });

  it('nothing on any page keeps anybody out, in either theme', { timeout: 120_000 }, async () => {
    const page = await visit();
    expect(await onEachPage(page, faultsInEachTheme)).toEqual({});
  });

  it('nor does a question that is asked before something happens, in either theme', async () => {
    const page = await visit();
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
      expect(await faultsInEachTheme(page), button).toEqual([]);
    }
  });

  it('a fault would be found', async () => {
    const page = await visit({ path: '/console/connections' });
    await page.evaluate('document.querySelector("main").append(document.createElement("input"))');
    expect(await graveFaults(page)).toEqual([expect.stringContaining('label')]);
  });

  it('on a telephone nothing is wider than the screen', { timeout: 120_000 }, async () => {
    const telephone = await visit({ width: 390 });
    const tooWide = async (page: Page) => {
      const [content, screen] = await page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      );
      return content > screen ? [`${content} of ${screen} pixels`] : [];
    };
    expect(await onEachPage(telephone, tooWide)).toEqual({});
  });

  it('the theme is the system’s until somebody chooses, and stays chosen', async () => {
    const page = await visit({ theme: 'dark' });
    const theme = () => themeOf(page);
    expect(await theme()).toBe('dark');
    await page.getByRole('button', { name: 'Switch to the light theme' }).click();
    expect(await theme()).toBe('light');
    await page.reload();
    await page.getByRole('button', { name: 'Switch to the dark theme' }).waitFor();
    expect(await theme()).toBe('light');
  });
});
