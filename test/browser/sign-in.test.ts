import { describe, expect, it } from 'vitest';
import { createConsoleWorld } from './console-world.ts';

const { errand, visit } = createConsoleWorld();

describe('signing in', () => {
  it('is by an API key, which stays in the tab and out of the address', async () => {
    const page = await visit({ key: undefined });
    await page.getByLabel('API key').fill(errand().key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
    expect(page.url()).not.toContain('errand_');
    expect(await page.evaluate('sessionStorage.getItem("errand.key")')).toBe(errand().key);
    expect(await page.evaluate('JSON.stringify(localStorage) + document.cookie')).not.toContain('errand_');
  });

  it('says of a wrong key that it is wrong, and lets one try again', async () => {
    const page = await visit({ key: undefined, complaints: /401/ });
    await page.getByLabel('API key').fill('errand_local_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This key is not accepted').waitFor();
    await page.getByLabel('API key').fill(errand().key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  });

  it('brings one back to the address that was asked for', async () => {
    const page = await visit({ path: '/console/connections' });
    await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/connections');
  });

  it('ends with signing out, after which nothing of the key is left', async () => {
    const page = await visit();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });
});
