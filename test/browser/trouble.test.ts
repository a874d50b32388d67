/** What the page makes of an API that is slow, gone or newer than it, and of answers that lie. */
import type { Page, Route } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createConsoleWorld } from './console-world.ts';
import { flowsOfConsole } from './flows.ts';

const { errand, visit } = createConsoleWorld({ flows: await flowsOfConsole() });

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const json = (body: unknown, status = 200) => ({ status, contentType: 'application/json', body: JSON.stringify(body) });

let ended: string;
let waiting: string;

beforeAll(async () => {
  const { api } = errand();
  ended = (await api.start('write-offer', { customer: 'Acme & Sons' })).id;
  waiting = (await api.start('welcome-letter', { name: 'Jane Roe' })).id;
  await Promise.all([errand().reaches(ended, 'SUCCEEDED'), errand().reaches(waiting, 'WAITING_FOR_INPUT')]);
});

/** A visitor to whom the API answers what the test says, from the first page after signing in on. */
async function visitTold(
  path: string,
  told: RegExp,
  answer: (route: Route) => unknown,
  complaints = /./,
): Promise<Page> {
  const page = await visit({ path: '/console/connections', complaints });
  await page.route(told, answer);
  await page.goto(path);
  return page;
}

async function told<Body extends object>(route: Route, change: (body: Body) => object): Promise<void> {
  const reply = await route.fetch();
  await route.fulfill({ response: reply, json: change((await reply.json()) as Body) });
}

describe('a page that is older than what is deployed', () => {
  it('says so where a part of it is gone, keeps its menu, and goes on with what is there', async () => {
    const page = await visit({ complaints: /./ });
    await page.route(/assets\/flows-page/, (route) => route.fulfill(json({}, 404)));
    await page.getByRole('link', { name: 'Flows' }).click();
    await page.getByRole('alert').getByText('a new version of Errand').waitFor();
    await button(page, 'Reload the page').waitFor();
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
  });

  it('says so of a status that it does not know, in place of showing nothing at all', async () => {
    const page = await visitTold(`/console/runs/${ended}`, /\/v1\/runs\/run_\w+$/, (route) =>
      told(route, (run) => ({ ...run, status: 'ADJOURNED' })),
    );
    await page.getByRole('alert').getByText('This cannot be shown').waitFor();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  });
});

describe('an API that does not answer', () => {
  it('is not taken for one that has nothing, and the page goes on by itself', async () => {
    let isDown = true;
    const away = (route: Route) => (isDown ? route.abort() : route.continue());
    const page = await visitTold('/console/fallout', /\/v1\//, away);
    await page.getByText('Errand does not answer').waitFor();
    expect(await page.getByText('Nothing waits for you').count()).toBe(0);
    await page.goto('/console/runs');
    await page.getByText('Errand does not answer').waitFor();
    expect(await page.getByText('There are no runs yet').count()).toBe(0);
    isDown = false;
    await page.getByRole('table').getByText('write-offer').first().waitFor();
    await page.getByText('Errand does not answer').waitFor({ state: 'detached' });
  });

  it('leaves it open whether something was done, for that nobody knows', async () => {
    const page = await visitTold(`/console/runs/${waiting}`, /\/cancel$/, (route) => route.abort());
    await button(page, 'Cancel run').click();
    await button(page, 'Cancel the run').click();
    await page.getByRole('alert').getByText('nobody can say yet').waitFor();
    expect(await page.getByText('The run was not canceled').count()).toBe(0);
  });

  it('is given up where the line is dead, so that nothing old is taken for what is so', async () => {
    const page = await visit({ path: '/console/connections' });
    await page.clock.install();
    await page.goto('/console/connections');
    await button(page, /^Pause/)
      .first()
      .waitFor();
    let hanging = 0;
    await page.route(/\/v1\//, () => {
      hanging += 1;
    });
    await page.clock.runFor(5_000);
    await expect.poll(() => hanging).toBeGreaterThan(0);
    await page.clock.runFor(15_000);
    await page.getByText('What is shown may be old').waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  it('is not asked again and again for a run that is not there', async () => {
    let asked = 0;
    const count = (route: Route) => {
      asked += 1;
      return route.continue();
    };
    const page = await visit({ path: '/console/connections', complaints: /./ });
    await page.clock.install();
    await page.route(/\/v1\/runs\/run_/, count);
    await page.goto('/console/runs/run_01KB0000000000000000000000');
    await page.getByText('There is no such run').waitFor();
    await page.clock.runFor(30_000);
    expect(asked).toBe(1);
  });

  it('is left alone for as long as it says', async () => {
    const asked: number[] = [];
    // A page that does not ask for connections itself: its question would count as the first.
    const page = await visit({ path: '/console/fallout', complaints: /./ });
    await page.route(/\/v1\/connections$/, (route) => {
      asked.push(Date.now());
      return route.fulfill({ ...json({ detail: 'Too many.' }, 429), headers: { 'retry-after': '4' } });
    });
    await page.goto('/console/connections');
    await expect.poll(() => asked.length, { timeout: 20_000 }).toBe(2);
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(3_900);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });
});

describe('an answer', () => {
  it('that is huge does not bring the page to a halt', async () => {
    const lines = Array.from({ length: 20_000 }, (_, seq) => ({
      seq: seq + 1,
      at: new Date(1_790_000_000_000 + seq * 2_000).toISOString(),
      type: seq % 2 === 0 ? 'look' : 'trouble',
      message: `Line ${seq}`,
      data: { seq },
    }));
    const page = await visitTold(`/console/runs/${ended}`, /\/events$/, (route) =>
      route.fulfill(json({ items: lines })),
    );
    await page.getByText('20000 entries').waitFor();
    await page.getByText('Line 19999').first().waitFor();
    expect(await page.evaluate('document.querySelectorAll("*").length')).toBeLessThan(10_000);
    await button(page, /^Show older ones/).click();
    await page.getByText('Line 19850').first().waitFor();
  });

  it('that asks for fields called as what every object has is given all the same', async () => {
    const schema = JSON.parse('{"properties":{"constructor":{"type":"string"},"__proto__":{"type":"string"}}}');
    let sent = '';
    const page = await visitTold(`/console/runs/${waiting}`, /\/v1\/runs\/run_\w+(\/input)?$/, (route) => {
      if (route.request().method() === 'GET')
        return told<{ waitingFor: object }>(route, (run) => ({
          ...run,
          waitingFor: { ...run.waitingFor, form: { schema } },
        }));
      sent = route.request().postData() ?? '';
      return route.fulfill(json({ detail: 'No.' }, 409));
    });
    await page.getByLabel('constructor').fill('a');
    await button(page, 'Send the answer').click();
    await page.getByText('The answer was not taken').waitFor();
    expect(sent).toBe('{"values":{"constructor":"a"}}');
  });

  it('is told by the clock of Errand, however wrong the viewer’s is', async () => {
    const page = await visit({ path: '/console/connections' });
    await page.addInitScript('{ const now = Date.now.bind(Date); Date.now = () => now() - 600_000; }');
    await page.goto(`/console/runs/${waiting}`);
    const said = page.getByRole('region', { name: 'What is happening' });
    await said.getByText('waits for a person').first().waitFor();
    await page.waitForTimeout(2_500);
    expect(await said.innerText()).not.toMatch(/in (9|10)m/);
  });
});

describe('a second click', () => {
  it('asks for nothing twice, or its refusal would be told in place of what was done', async () => {
    let sent = 0;
    const page = await visitTold(`/console/runs/${waiting}`, /\/(input|cancel)$/, async (route) => {
      sent += 1;
      await route.fulfill(json({ detail: 'An earlier answer is on its way.' }, 409));
    });
    await page.getByLabel('City').fill('Vienna');
    await page.getByLabel('Start date').fill('2026-12-01');
    await page.evaluate(`{
      const send = [...document.querySelectorAll('button')].find((each) => each.textContent === 'Send the answer');
      send.click();
      send.click();
    }`);
    await page.getByText('The answer was not taken').waitFor();
    expect(sent).toBe(1);
  });
});

describe('a question', () => {
  it('stays until there is an answer to what was asked, whatever is pressed', async () => {
    const page = await visitTold('/console/connections', /\/pause$/, async (route) => {
      await page.keyboard.press('Escape');
      await page.mouse.click(5, 5);
      await route.fulfill(json({ detail: 'No room.' }, 409));
    });
    await button(page, 'Pause invision').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('dialog').getByText('No room.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });
});

describe('a question that is closed in the very moment in which it is answered', () => {
  it('stays as well, or nobody would be told what came of it', async () => {
    const page = await visitTold('/console/connections', /\/pause$/, (route) =>
      route.fulfill(json({ detail: 'No room.' }, 409)),
    );
    await button(page, 'Pause invision').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).waitFor();
    await page.evaluate(`{
      const dialog = document.querySelector('dialog[open]');
      [...dialog.querySelectorAll('button')].find((each) => each.textContent === 'Pause').click();
      dialog.requestClose();
    }`);
    await page.getByRole('dialog').getByText('No room.').waitFor({ timeout: 10_000 });
  });
});

describe('going from page to page', () => {
  it('begins at the top and in the content, and goes back to where one was', async () => {
    const page = await visit();
    await page.getByRole('table').waitFor();
    await page.evaluate('document.body.style.paddingBottom = "3000px"');
    await page.evaluate('scrollTo(0, 900)');
    await page.evaluate(`document.querySelector('a[href$="/flows"]').click()`);
    await page.getByRole('heading', { name: 'Flows', level: 1 }).waitFor();
    expect(await page.evaluate('[scrollY, document.activeElement.id]')).toEqual([0, 'main']);
    await page.goBack();
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
    await expect.poll(() => page.evaluate('scrollY')).toBe(900);
  });

  it('reads a search as it was typed, per cent signs and all', async () => {
    const page = await visit({ path: `/console/runs?${new URLSearchParams({ q: '50%20off' })}` });
    await page.waitForTimeout(500);
    expect(await page.getByRole('searchbox').inputValue()).toBe('50%20off');
  });
});
