/** What people are told whose key may little, or nothing. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { createConsoleWorld } from './console-world.ts';
import { flowsOfConsole } from './flows.ts';
import { signIn } from './pages.ts';

const { errand, visit } = createConsoleWorld({ flows: await flowsOfConsole() });

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const json = (body: unknown, status = 200) => ({ status, contentType: 'application/json', body: JSON.stringify(body) });

async function keyOf(grants: object): Promise<{ readonly key: string; readonly keyId: string }> {
  const headers = { 'x-api-key': errand().key, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(grants) };
  const reply = await fetch(new URL('/v1/keys', errand().runtime.apiUrl), init);
  return (await reply.json()) as { key: string; keyId: string };
}

describe('a key', () => {
  it('that may only look is told at each button what it lacks', async () => {
    const { id } = await errand().api.start('welcome-letter', { name: 'Jane Roe' });
    await errand().reaches(id, 'WAITING_FOR_INPUT');
    const { key } = await keyOf({ scopes: ['runs:read'] });
    const page = await visit({ path: `/console/runs/${id}`, key });
    await button(page, 'Cancel run').click();
    await page.getByRole('dialog').getByText('it lacks the scope runs:cancel').waitFor();
    expect(await button(page, 'Cancel the run').isDisabled()).toBe(true);
    await button(page, 'Let it go on').click();
    expect(await button(page, 'Send the answer').isDisabled()).toBe(true);
    await page.goto('/console/flows/write-offer');
    await page.getByText('it lacks the scope runs:start').waitFor();
    await page.goto('/console/connections');
    await button(page, /^Pause/)
      .first()
      .click();
    await page.getByRole('dialog').getByText('it lacks the scope fallout:resolve').waitFor();
  });

  it('that is limited to a flow is told why it may not pause what others use, too', async () => {
    const { key } = await keyOf({ scopes: ['runs:read', 'fallout:resolve'], flows: ['write-offer'] });
    const page = await visit({ path: '/console/connections', key, complaints: /404/ });
    await button(page, 'Pause smart-flows').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByText('only where it may see all flows of the connection').waitFor();
  });

  it('that is none is refused in words, whatever was pasted', async () => {
    const page = await visit({ key: undefined });
    await page.getByLabel('API key').fill('••••••••');
    await button(page, 'Sign in').click();
    await page.getByText('This key is not accepted').waitFor();
  });

  it('is not given up because the one before it is refused late', async () => {
    const page = await visit({ path: '/console/flows/nightly-report', complaints: /401/ });
    const { key } = await keyOf({ scopes: ['runs:read'] });
    const signedInAnew = Promise.withResolvers<void>();
    const refused = Promise.withResolvers<void>();
    // A start, which goes on when nobody waits for it any more.
    await page.route(
      /\/v1\/flows\/nightly-report\/runs$/,
      async (route) => {
        await signedInAnew.promise;
        await route.fulfill(json({}, 401));
        refused.resolve();
      },
      { times: 1 },
    );
    await button(page, 'Start').click();
    await button(page, 'Sign out').click();
    await signIn(page, key);
    signedInAnew.resolve();
    await refused.promise;
    await page.waitForTimeout(500);
    expect(await page.getByLabel('API key').count()).toBe(0);
  });
});
