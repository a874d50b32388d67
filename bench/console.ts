/**
 * The list of runs in a browser, with thousands of them in the table: how soon something and the first rows are seen,
 * how soon a filter shows, and whether the list scrolls without a stutter once all of it has been read. A browser of
 * one's own for each first visit, nothing kept from before. The last line is JSON.
 *
 *   npm run -s bench:console [-- --runs 5000 --visits 7]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { type Runtime, startRuntime } from '../lib/local/runtime.ts';
import { SAMPLE_SECRETS } from '../lib/simulators/fleet.ts';
import { launchBrowser } from '../test/browser/chromium.ts';
import { holds, openPage } from '../test/browser/pages.ts';
import { createKeys } from './keys.ts';
import { storePastRuns } from './past-runs.ts';
import { percentile } from './percentile.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5000' }, visits: { type: 'string', default: '7' } },
});
const RUNS = Number(values.runs);
const VISITS = Number(values.visits);

const DAYS = 30;
const WINDOW = { width: 1_280, height: 900 } as const;
/** A list that is read a hundred runs at a time. */
const LONGEST_READ_MS = 120_000;
/** Nobody filters what was not yet looked at. */
const LOOKING_MS = 1_000;
const FRAMES_TO_SCROLL = 180;
/** In one frame: five rows, as fast as anybody flicks. */
const FLICK_PX = 240;

/** What each filter is, and what every row then shows. */
const FILTERS: readonly {
  readonly what: string;
  readonly press: (page: Page) => Promise<void>;
  readonly shows: string;
}[] = [
  { what: 'a status', press: (page) => page.getByRole('button', { name: /^Failed \d/ }).click(), shows: 'Failed' },
  {
    what: 'a flow',
    press: async (page) => void (await page.getByLabel('Flow', { exact: true }).selectOption('update-forecast')),
    shows: 'update-forecast',
  },
  { what: 'a search', press: (page) => page.getByRole('searchbox').fill('EMP-'), shows: 'EMP-' },
];

/** In the page, before anything of it: signed in, and noting when the first rows are on the screen. */
const ON_ARRIVAL = (key: string) => `
sessionStorage.setItem('errand.key', ${JSON.stringify(key)});
const afterPaint = (note) => requestAnimationFrame(() => setTimeout(note));
const watch = () => {
  if (document.querySelector('main tbody tr a') === null) return requestAnimationFrame(watch);
  afterPaint(() => { window.firstRowsMs = performance.now(); });
};
watch();
for (const type of ['click', 'input', 'change'])
  addEventListener(type, ({ timeStamp }) => { window.askedAtMs = timeStamp; }, { capture: true });
`;

/** Resolves with the time from the last thing somebody did until every row shows the text. */
const UNTIL_ROWS_SHOW = (text: string) => `new Promise((resolve) => {
  const look = () => {
    const rows = [...document.querySelectorAll('main tbody tr')];
    const isThere = rows.length > 0 && rows.every((row) => row.textContent.includes(${JSON.stringify(text)}));
    if (!isThere) return requestAnimationFrame(look);
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - window.askedAtMs)));
  };
  look();
})`;

const SCROLL = `new Promise((resolve) => {
  const gaps = [];
  let before = performance.now();
  scrollTo(0, 0);
  const step = (now) => {
    gaps.push(now - before);
    before = now;
    scrollBy(0, ${FLICK_PX});
    if (gaps.length < ${FRAMES_TO_SCROLL}) requestAnimationFrame(step);
    else resolve(gaps.slice(1));
  };
  requestAnimationFrame(step);
})`;

interface Visit {
  readonly firstPaintMs: number;
  readonly firstRowsMs: number;
}

async function open(browser: Browser, apiUrl: string, key: string): Promise<Page> {
  const page = await openPage(browser, { baseURL: apiUrl, viewport: WINDOW });
  await page.addInitScript(ON_ARRIVAL(key));
  await page.goto('/console/runs');
  await holds(page, 'window.firstRowsMs !== undefined');
  return page;
}

async function visit(apiUrl: string, key: string): Promise<Visit> {
  const browser = await launchBrowser();
  try {
    const page = await open(browser, apiUrl, key);
    const firstPaintMs = Number(
      await page.evaluate('performance.getEntriesByName("first-contentful-paint")[0].startTime'),
    );
    return { firstPaintMs, firstRowsMs: Number(await page.evaluate('window.firstRowsMs')) };
  } finally {
    await browser.close();
  }
}

const READS_ALL = `Number(document.querySelector('main table').getAttribute('aria-rowcount')) > ${RUNS}`;

/** Scrolls down until there is no more to read. */
async function readAll(page: Page): Promise<void> {
  await holds(page, `(scrollTo(0, document.documentElement.scrollHeight), ${READS_ALL})`, LONGEST_READ_MS);
}

async function filterTimes(page: Page): Promise<readonly (readonly [string, number])[]> {
  const times: (readonly [string, number])[] = [];
  for (const { what, press, shows } of FILTERS) {
    await page.evaluate('scrollTo(0, 0)');
    await press(page);
    times.push([what, Number(await page.evaluate(UNTIL_ROWS_SHOW(shows)))]);
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.waitForFunction(`Number(document.querySelector('main table').getAttribute('aria-rowcount')) > ${RUNS}`);
  }
  return times;
}

async function measure({ apiUrl }: Runtime, key: () => string) {
  const visits: Visit[] = [];
  for (let count = 0; count < VISITS; count += 1) visits.push(await visit(apiUrl, key()));
  const median = (of: keyof Visit) =>
    percentile(
      visits.map((each) => each[of]),
      50,
    );
  const browser = await launchBrowser();
  try {
    const page = await open(browser, apiUrl, key());
    const few = await filterTimesOfFew(page);
    await readAll(page);
    const gaps = (await page.evaluate(SCROLL)) as readonly number[];
    const all = await filterTimes(page);
    for (const [what, ms] of all) console.error(`${what}: ${ms.toFixed(0)} ms with ${RUNS} runs read`);
    return {
      runs: RUNS,
      firstPaintMs: Math.round(median('firstPaintMs')),
      firstRowsMs: Math.round(median('firstRowsMs')),
      filterMs: Math.round(few),
      filterAllReadMs: Math.round(Math.max(...all.map(([, ms]) => ms))),
      frameP95Ms: Math.round(percentile(gaps, 95)),
      frameMaxMs: Math.round(Math.max(...gaps)),
    };
  } finally {
    await browser.close();
  }
}

/** With no more than the first hundred read: what a visitor meets who filters at once. */
async function filterTimesOfFew(page: Page): Promise<number> {
  const [first] = FILTERS;
  if (first === undefined) return Number.NaN;
  await page.waitForTimeout(LOOKING_MS);
  await first.press(page);
  const ms = Number(await page.evaluate(UNTIL_ROWS_SHOW(first.shows)));
  await page.getByRole('button', { name: 'Reset' }).click();
  return ms;
}

const dataDir = mkdtempSync(join(tmpdir(), 'errand-bench-'));
writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify(SAMPLE_SECRETS), { mode: 0o600 });
const configFile = resolve(import.meta.dirname, '../errand.config.ts');
const runtime = await startRuntime({ dataDir, configFile, port: 0, log: (line) => console.error(line) });
try {
  const key = await createKeys(runtime);
  await storePastRuns(runtime.environment, { count: RUNS, days: DAYS });
  console.error(`${RUNS} runs are stored.`);
  console.log(JSON.stringify(await measure(runtime, key)));
} finally {
  await runtime.close();
  rmSync(dataDir, { recursive: true, force: true });
}
