import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { SMART_FLOWS_PDF } from '../../lib/simulators/smart-flows.ts';
import { createConsoleWorld } from './console-world.ts';
import { flowsOfConsole } from './flows.ts';
import { holds } from './pages.ts';

const { errand, visit } = createConsoleWorld({ flows: await flowsOfConsole() });

/** While the machine is busy with other things. */
const SOON = { timeout: 40_000 } as const;

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const dialog = (page: Page) => page.getByRole('dialog');

/** Waits until the page of a run says so itself, without being loaded again. */
async function shows(page: Page, status: string): Promise<void> {
  await page.getByRole('heading', { level: 1 }).filter({ hasText: status }).waitFor(SOON);
}

const idOn = (page: Page) => /run_\w+/.exec(page.url())?.[0] ?? '';

async function start(flowId: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return (await errand().api.start(flowId, parameters)).id;
}

describe('on the page of a flow one', () => {
  it('starts a run with the form made of its parameters, and watches it move until its end', async () => {
    const page = await visit({ path: '/console/flows/write-offer' });
    await page.getByLabel('customer').fill('Acme & Sons');
    await page.getByLabel('total').fill('1250.5');
    await page.getByLabel('Business key').fill('OFFER-1');
    await button(page, 'Start').click();
    await page.waitForURL(/\/console\/runs\/run_/);
    await page.getByRole('heading', { level: 1, name: /write-offer/ }).waitFor();
    const run = await errand().ended(idOn(page));
    await shows(page, 'Succeeded');
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      businessKey: 'OFFER-1',
      parameters: { customer: 'Acme & Sons', total: 1250.5 },
    });
    // What happened was added to the timeline by itself.
    await page.getByText('Accepted (api).').first().waitFor();
    await page.getByText('The run has ended').first().waitFor();
  });

  it('is told at the field what is missing, and nothing is started', async () => {
    const before = errand().fleet.phixflow.requests.length;
    const page = await visit({ path: '/console/flows/create-order' });
    await button(page, 'Start').click();
    await holds(page, 'document.activeElement.getAttribute("aria-invalid") === "true"');
    expect(errand().fleet.phixflow.requests.length).toBe(before);
    expect(new URL(page.url()).pathname).toBe('/console/flows/create-order');
  });
});

describe('on the page of a run one', () => {
  it('answers the question it waits with, in the form that the platform sent, and it goes on', async () => {
    const id = await start('welcome-letter', { name: 'Jane Roe' });
    const page = await visit({ path: `/console/runs/${id}` });
    await errand().reaches(id, 'WAITING_FOR_INPUT');
    await shows(page, 'Waiting for input');
    await page.getByLabel('City').fill('Vienna');
    await page.getByLabel('Start date').fill('2026-12-01');
    const sent = page.waitForResponse(/\/input$/);
    await button(page, 'Send the answer').click();
    await sent;
    await errand().ended(id);
    await shows(page, 'Succeeded');
  });

  it('cancels it, after having been told what that does', async () => {
    const id = await start('nightly-report');
    const page = await visit({ path: `/console/runs/${id}` });
    await errand().reaches(id, 'QUEUED');
    await shows(page, 'Queued');
    await button(page, 'Cancel run').click();
    await button(page, 'Let it go on').click();
    await dialog(page).waitFor({ state: 'hidden' });
    expect((await errand().api.run(id)).status).toBe('QUEUED');
    await button(page, 'Cancel run').click();
    await dialog(page).getByRole('button', { name: 'Cancel the run' }).click();
    await shows(page, 'Canceled');
  });

  it('downloads its document, byte for byte, and sees it', async () => {
    const id = await start('write-offer', { customer: 'Acme & Sons' });
    const page = await visit({ path: `/console/runs/${id}` });
    await errand().ended(id);
    await shows(page, 'Succeeded');
    const arriving = page.waitForEvent('download');
    await button(page, /^Download /)
      .first()
      .click();
    const download = await arriving;
    expect(download.suggestedFilename()).toMatch(/^Offer.*\.pdf$/);
    expect(Buffer.from(SMART_FLOWS_PDF).equals(await readFile(await download.path()))).toBe(true);
    await page.locator('iframe[title^="Offer"]').waitFor();
  });

  it('runs it once more, and is brought to the new run, which names the old one', async () => {
    const id = await start('import-actuals');
    await errand().reaches(id, 'FAILED');
    const page = await visit({ path: `/console/runs/${id}` });
    await button(page, 'Rerun').click();
    await dialog(page).getByRole('button', { name: 'Run it once more' }).click();
    await page.waitForURL((url) => /run_/.test(url.pathname) && !url.pathname.includes(id));
    await page.locator(`a[href$="${id}"]`).first().waitFor();
    await errand().ended(idOn(page));
    await shows(page, 'Failed');
  });

  it('sees no value of a parameter that is sensitive', async () => {
    const id = await start('post-invoice', { invoiceNumber: 'INV-1', erpPassword: 'only-the-robot-knows' });
    const page = await visit({ path: `/console/runs/${id}` });
    await page.getByText('INV-1').first().waitFor();
    await errand().ended(id);
    await shows(page, 'Succeeded');
    expect(await page.content()).not.toContain('only-the-robot-knows');
  });
});

describe('in the inbox of fallout one', () => {
  it('decides on a run whose start was lost, with a reason that is kept', async () => {
    const lost = { method: 'POST', path: BRYTER_MODULES.calculation, skip: 0, times: 1 } as const;
    errand().fleet.bryter.faults.add({ ...lost, fault: { kind: 'reset-after' } });
    const id = await start('calculate-premium', { insuredSum: 250_000 });
    await errand().reaches(id, 'FALLOUT');
    const page = await visit({ path: '/console/fallout' });
    const inbox = page.getByRole('list', { name: 'Runs to decide on' });
    await inbox.getByText('AMBIGUOUS_START').waitFor();
    await inbox.getByRole('button', { name: 'Decide' }).click();
    await dialog(page).getByLabel('close as succeeded').check();
    await dialog(page).getByLabel('Reason').fill('It is in the list of sessions, and the premium is in our books.');
    await dialog(page).getByRole('button', { name: 'Close as succeeded' }).click();
    await page.getByText('has left the inbox').waitFor();
    await page.getByText('Nothing waits for you').waitFor();
    expect((await errand().api.run(id)).status).toBe('SUCCEEDED');
    await page.goto(`/console/runs/${id}`);
    await page.getByText('the premium is in our books').first().waitFor();
  });
});

describe('on the page of the connections one', () => {
  it('gives a platform a rest, with a reason that everybody sees, and lets it go on', async () => {
    const page = await visit({ path: '/console/connections' });
    await button(page, 'Pause invision').click();
    await dialog(page).getByLabel('Reason').fill('They move their server.');
    await dialog(page).getByRole('button', { name: 'Pause' }).click();
    await page.getByText('They move their server.').waitFor();
    await button(page, 'Resume invision').click();
    await dialog(page).getByRole('button', { name: 'Resume' }).click();
    await button(page, 'Pause invision').waitFor();
  });
});
