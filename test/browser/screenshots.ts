/**
 * Pictures of every page, from the real page: Errand with its sample on this machine, days of runs in its table, some
 * under way.
 *
 *   npm run screenshots                  those of the documentation into docs/images, the others into screenshots
 *   npm run screenshots -- --out DIR     all of them into one folder
 *   npm run screenshots -- --only runs   those whose name begins so
 */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { storePastRuns } from '../../bench/past-runs.ts';
import { startVirtualErrand, type VirtualErrand } from '../system/virtual-errand.ts';
import { launchBrowser } from './chromium.ts';
import { flowsOfConsole } from './flows.ts';
import { openPage, signIn } from './pages.ts';
import { beginRuns, durations, type RunsOfPictures } from './runs-of-pictures.ts';

interface Shot {
  readonly name: string;
  /** Undefined: nobody has signed in. */
  readonly path?: (runs: RunsOfPictures) => string;
  /** @default 'light' */
  readonly theme?: 'dark' | 'light';
  /** @default 1280 */
  readonly width?: number;
  /** All of it, however long. @default what fits the window */
  readonly isWhole?: true;
  readonly isInDocs?: true;
  /** @default REST_MS */
  readonly restMs?: number;
}

const PHONE = 390;

/** What is under way comes first: it goes on meanwhile. */
const PAGES: readonly Shot[] = [
  { name: 'run-in-progress', path: ({ going }) => `/runs/${going}`, isInDocs: true },
  { name: 'runs', path: () => '/runs', isInDocs: true },
  { name: 'sign-in' },
  // The browser takes its time with a PDF.
  { name: 'run-finished', path: ({ finished }) => `/runs/${finished}`, isWhole: true, restMs: 4_000 },
  { name: 'run-waiting', path: ({ waiting }) => `/runs/${waiting}` },
  { name: 'run-fallout', path: ({ fallout }) => `/runs/${fallout}` },
  { name: 'flows', path: () => '/flows' },
  { name: 'flow', path: () => '/flows/write-offer', isWhole: true, isInDocs: true },
  { name: 'connections', path: () => '/connections' },
  { name: 'fallout', path: () => '/fallout' },
];

const SHOTS: readonly Shot[] = PAGES.flatMap(({ isInDocs, ...shot }) => [
  { ...shot, ...(isInDocs && { isInDocs }) },
  { ...shot, name: `${shot.name}-dark`, theme: 'dark' },
  // A list of which only what is in sight is drawn has no whole.
  { ...shot, name: `${shot.name}-phone`, width: PHONE, ...(shot.name !== 'runs' && { isWhole: true }) },
]);

const LIMITS = { bryter: { inFlight: 20, requestsPerSecond: 5 }, 'smart-flows': { inFlight: 8 } } as const;
const HISTORY = { count: 200, days: 5 } as const;
/** Behind the last reply: a drawing comes to rest, a curve is drawn. */
const REST_MS = 1_200;

const { values } = parseArgs({ options: { out: { type: 'string' }, only: { type: 'string', default: '' } } });
const wanted = SHOTS.filter(({ name }) => name.startsWith(values.only));

const closing: (() => Promise<void>)[] = [];
try {
  const cleanUp = (task: () => Promise<void>) => void closing.unshift(task);
  const errand = await startVirtualErrand(cleanUp, {
    flows: await flowsOfConsole(),
    limits: LIMITS,
    platforms: durations,
  });
  await storePastRuns(errand.runtime.environment, HISTORY);
  const runs = await beginRuns(errand);
  const browser = await launchBrowser();
  cleanUp(() => browser.close());
  for (const shot of wanted) {
    const path = placeOf(shot);
    mkdirSync(dirname(path), { recursive: true });
    await take(shot, path, browser, errand, runs);
    console.log(path);
  }
} finally {
  for (const task of closing) await task();
}

function placeOf({ name, isInDocs }: Shot): string {
  return resolve(values.out ?? (isInDocs === true ? 'docs/images' : 'screenshots'), `${name}.png`);
}

async function take(
  shot: Shot,
  picture: string,
  browser: Browser,
  errand: VirtualErrand,
  runs: RunsOfPictures,
): Promise<void> {
  const { path, theme = 'light', width = 1_280, isWhole = false, restMs = REST_MS } = shot;
  const page = await openPage(browser, {
    baseURL: errand.runtime.apiUrl,
    colorScheme: theme,
    viewport: { width, height: width < 600 ? 844 : 800 },
    deviceScaleFactor: 1.5,
    reducedMotion: 'reduce',
    ...(width < 600 && { hasTouch: true, isMobile: true }),
  });
  try {
    // The page's clock as Errand's, which was put forward.
    await page.clock.install({ time: errand.clock.now() });
    await page.goto(`/console${path?.(runs) ?? ''}`);
    if (path !== undefined) await signIn(page, errand.key);
    await page.mouse.move(0, 0);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForTimeout(restMs);
    await page.screenshot({ path: picture, fullPage: isWhole });
  } finally {
    await page.context().close();
  }
}
