/** The machine's own Chromium, or a relative of it; none is brought along. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { installPackages, isRoot } from '../helpers/debian.ts';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/microsoft-edge',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** With letters to draw, which a bare machine may lack. */
const PACKAGES = ['chromium', 'fonts-liberation', 'fonts-dejavu-core'];

const WHAT_TO_DO =
  'The browser tests need Chromium, Chrome or Edge. Install one (on Debian: apt-get install chromium), or name yours in ERRAND_BROWSER.';

/** No talk with anybody but the page: on a closed network it would be refused, many times a second. */
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where the browser is; undefined when there is none. @throws Error when `ERRAND_BROWSER` names what is not there. */
export function findBrowser(): string | undefined {
  const named = process.env.ERRAND_BROWSER;
  if (named === undefined) return USUAL_PLACES.find((path) => existsSync(path));
  if (!existsSync(named)) throw new Error(`ERRAND_BROWSER names ${named}, which is not there.`);
  return named;
}

/** Sees to it that there is a browser: a Debian of one's own, as in a container, is given one. @throws Error saying what to do. */
export function ensureBrowser(): void {
  if (findBrowser() !== undefined) return;
  installPackages({ reason: 'The browser tests find no browser', packages: PACKAGES, remedy: WHAT_TO_DO });
  if (findBrowser() === undefined) throw new Error(WHAT_TO_DO);
}

/** A browser of one's own, without a window. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error(WHAT_TO_DO);
  // The sandbox refuses to work for root, who is alone in a container anyway.
  return chromium.launch({ executablePath, args: [...FLAGS, ...(isRoot() ? ['--no-sandbox'] : [])] });
}
