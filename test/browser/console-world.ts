/** Errand with its sample on this machine, a browser, and people who look at its console. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { type LeapingErrand, startLeapingErrand } from '../system/leaping-errand.ts';
import type { LocalErrandOptions } from '../system/local-errand.ts';
import { launchBrowser } from './chromium.ts';
import { openPage, signIn } from './pages.ts';

export type Theme = 'dark' | 'light';

export interface VisitOptions {
  /** @default '/console' */
  readonly path?: string;
  /** @default 'light' */
  readonly theme?: Theme;
  /** @default 1280 */
  readonly width?: number;
  /** @default the key with every scope; undefined: nobody signs in */
  readonly key?: string | undefined;
  /** What the browser may complain of in this test, such as a refusal that is asked for. @default nothing */
  readonly complaints?: RegExp;
}

export interface ConsoleWorld {
  readonly errand: () => LeapingErrand;
  /** A new visitor, signed in through the form. The test fails when the browser complains of anything. */
  visit(options?: VisitOptions): Promise<Page>;
}

const HEIGHT = 900;

/** For all tests of a file: one Errand and one browser; each visit is a context of its own. */
export function createConsoleWorld(options: Omit<LocalErrandOptions, 'clock'> = {}): ConsoleWorld {
  let errand: LeapingErrand;
  let browser: Browser;
  beforeAll(async () => {
    [errand, browser] = await Promise.all([startLeapingErrand(afterAll, options), launchBrowser()]);
    afterAll(() => browser.close());
  });
  return {
    errand: () => errand,
    async visit({ path = '/console', theme = 'light', width = 1_280, complaints, ...given } = {}) {
      const page = await openPage(browser, {
        baseURL: errand.runtime.apiUrl,
        colorScheme: theme,
        viewport: { width, height: HEIGHT },
        ...(width < 600 && { hasTouch: true, isMobile: true }),
      });
      onTestFinished(() => page.context().close());
      const heard = listen(page.context());
      onTestFinished(() => {
        expect(heard.filter((complaint) => complaints?.test(complaint) !== true)).toEqual([]);
      });
      await page.goto(path);
      const key = 'key' in given ? given.key : errand.key;
      if (key !== undefined) await signIn(page, key);
      return page;
    },
  };
}

/** Errors and warnings on the console, exceptions that nobody caught, and what the page's policy refused. */
function listen(context: BrowserContext): readonly string[] {
  const heard: string[] = [];
  context.on('weberror', (event) => heard.push(`uncaught: ${event.error().message}`));
  context.on('console', (message) => {
    if (['error', 'warning', 'assert'].includes(message.type())) heard.push(`${message.type()}: ${message.text()}`);
  });
  return heard;
}
