import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { createConsoleWorld } from './console-world.ts';

const { errand, visit } = createConsoleWorld();

const MAX_TABS = 80;

/** Presses Tab until it is reached; each stop on the way has to be seen. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let tabs = 0; tabs < MAX_TABS; tabs += 1) {
    await page.keyboard.press('Tab');
    const [name, isVisible] = await page.evaluate<[string, boolean]>(`(() => {
      const element = document.activeElement;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      const isMarked = (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
      return [element.outerHTML.slice(0, 80), element === document.body || isMarked];
    })()`);
    expect(isVisible, `focus on ${name} is not to be seen`).toBe(true);
    if ((await target.and(page.locator(':focus')).count()) > 0) return;
  }
  throw new Error('It is not reached with Tab.');
}

describe('with the keyboard alone', () => {
  it('one signs in, starts a run, looks at it, and gives a platform a rest', { timeout: 120_000 }, async () => {
    const page = await visit({ key: undefined });
    const press = (key: string) => page.keyboard.press(key);
    await tabTo(page, page.getByLabel('API key'));
    await page.keyboard.type(errand().key);
    await press('Enter');

    await tabTo(page, page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Flows' }));
    await press('Enter');
    await tabTo(page, page.getByRole('link', { name: 'write-offer' }).first());
    await press('Enter');
    await tabTo(page, page.getByLabel('customer'));
    await page.keyboard.type('Acme & Sons');
    await press('Enter');
    await page.waitForURL(/\/console\/runs\/run_/);
    await page.getByText('Succeeded').first().waitFor({ timeout: 30_000 });

    await tabTo(page, page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Connections' }));
    await press('Enter');
    await tabTo(page, page.getByRole('button', { name: 'Pause phixflow' }));
    await press('Enter');
    await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Pause' }));
    await press('Enter');
    await tabTo(page, page.getByRole('button', { name: 'Resume phixflow' }));
    await press('Enter');
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  it('one gets past the menu at once', async () => {
    const page = await visit({ path: '/console/flows' });
    await page.reload();
    await page.getByRole('heading', { name: 'Flows', level: 1 }).waitFor();
    await tabTo(page, page.getByRole('link', { name: 'To the content' }));
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });
});
