/** What every visitor of the console does. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** Long enough for a machine that has other things to do. */
const LONGEST_WAIT_MS = 30_000;

/** A page in a context of its own: always in the same place on earth. */
export async function openPage(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Brussels', ...options });
  context.setDefaultTimeout(LONGEST_WAIT_MS);
  return context.newPage();
}

/** As people do. */
export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
}

/**
 * Waits until an expression holds in the page. Asked again and again from outside: the page's policy lets nothing in it
 * read code from text. @throws Error when it does not come to that
 */
export async function holds(page: Page, expression: string, withinMs = LONGEST_WAIT_MS): Promise<void> {
  for (const until = Date.now() + withinMs; Date.now() < until; await sleep(20)) {
    if ((await page.evaluate(expression)) === true) return;
  }
  throw new Error(`It does not hold: ${expression}`);
}
