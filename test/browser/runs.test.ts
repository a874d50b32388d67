import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { storePastRuns } from '../../bench/past-runs.ts';
import { createConsoleWorld } from './console-world.ts';
import { flowsOfConsole } from './flows.ts';
import { holds } from './pages.ts';

const STORED = 400;

const { errand, visit } = createConsoleWorld({ flows: await flowsOfConsole() });
beforeAll(async () => {
  await storePastRuns(errand().runtime.environment, { count: STORED, days: 20 });
});

const rows = (page: Page) => page.getByRole('table', { name: /^Runs/ }).locator('tbody').getByRole('row');

/** What the API lists, at most a hundred. */
async function listed(search: string): Promise<readonly { readonly businessKey: string }[]> {
  const { runtime, key } = errand();
  const reply = await fetch(`${runtime.apiUrl}/v1/runs${search}&limit=100`, { headers: { 'x-api-key': key } });
  return ((await reply.json()) as { readonly items: readonly { readonly businessKey: string }[] }).items;
}

/** Waits until there are rows and every one that is drawn has this text. */
async function allShow(page: Page, text: string): Promise<void> {
  await holds(
    page,
    `(() => {
      const rows = [...document.querySelectorAll('main tbody tr')];
      return rows.length > 0 && rows.every((row) => row.textContent.includes(${JSON.stringify(text)}));
    })()`,
  );
}

describe('the list of runs', () => {
  it('is filtered by status and flow in the address, which shows somebody else the same', async () => {
    const page = await visit();
    await rows(page).first().waitFor();
    await page.getByRole('button', { name: /^Failed/ }).click();
    await allShow(page, 'Failed');
    await page.getByLabel('Flow', { exact: true }).selectOption('write-offer');
    await allShow(page, 'write-offer');
    const { search } = new URL(page.url());
    expect([...new URLSearchParams(search)].sort()).toEqual([
      ['flow', 'write-offer'],
      ['status', 'FAILED'],
    ]);
    const count = (await listed(search)).length;
    await expect.poll(() => rows(page).count()).toBe(count);
    const other = await visit({ path: `/console/runs${search}` });
    await allShow(other, 'write-offer');
    await allShow(other, 'Failed');
    await expect.poll(() => rows(other).count()).toBe(count);
    await other.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => rows(other).count()).toBeGreaterThan(count);
    expect(new URL(other.url()).search).toBe('');
  });

  it('finds a run by the caller’s own key, far down as it is', async () => {
    const page = await visit();
    await rows(page).first().waitFor();
    const items = await listed('?flow=onboard-employee');
    const key = items.at(-1)?.businessKey ?? '';
    await page.getByRole('searchbox').fill(key);
    await allShow(page, key);
    expect(await rows(page).count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('q')).toBe(key);
  });

  it('draws only the rows in sight, and reads on as one scrolls', async () => {
    const page = await visit();
    await rows(page).first().waitFor();
    expect(await rows(page).count()).toBeLessThan(60);
    const readsAll = `Number(document.querySelector('main table').getAttribute('aria-rowcount')) > ${STORED}`;
    await holds(page, `(scrollTo(0, document.documentElement.scrollHeight), ${readsAll})`, 30_000);
    expect(await rows(page).count()).toBeLessThan(60);
  });

  it('shows a run that somebody starts elsewhere, and how it ends, by itself', async () => {
    const page = await visit({ path: '/console/runs?flow=import-actuals' });
    await page
      .getByText(/no run/i)
      .first()
      .waitFor();
    await errand().api.start('import-actuals', {});
    await rows(page).filter({ hasText: 'Failed' }).waitFor({ timeout: 30_000 });
  });

  it('leads to a run with one click, and back to the same view', async () => {
    const page = await visit({ path: '/console/runs?status=SUCCEEDED&flow=write-offer' });
    await rows(page).first().getByRole('link').first().click();
    await page.waitForURL(/\/console\/runs\/run_/);
    await page.getByRole('heading', { level: 1, name: /write-offer/ }).waitFor();
    await page.goBack();
    await allShow(page, 'write-offer');
    expect(new URL(page.url()).search).toContain('status=SUCCEEDED');
  });

  it('says that Errand does not answer, and goes on by itself when it does', async () => {
    const page = await visit({ complaints: /ERR_INTERNET_DISCONNECTED|Failed to load resource/ });
    await rows(page).first().waitFor();
    await page.context().setOffline(true);
    await page.getByText('Errand does not answer').first().waitFor({ timeout: 30_000 });
    await page.context().setOffline(false);
    await page.getByText('Errand does not answer').first().waitFor({ state: 'hidden', timeout: 30_000 });
  });
});
