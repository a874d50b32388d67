import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InlineConfig } from 'vite';

/** The page's sources. */
export const CONSOLE_ROOT = join(dirname(dirname(fileURLToPath(import.meta.url))), 'lib', 'console');

/** Browsers of the last two years or so. */
const BROWSERS = ['chrome120', 'edge120', 'firefox121', 'safari17'];

/** Packages mark what runs in browsers, for servers that render; there is none here. */
const SERVER_COMPONENTS = 'MODULE_LEVEL_DIRECTIVE';

/** How the page is made, for its build and for its development server alike. */
export function consoleConfig(root: string): InlineConfig {
  return {
    root,
    base: '/console/',
    // All there is to know stands here: no file or variable of the machine may change the page.
    configFile: false,
    envDir: false,
    logLevel: 'warn',
    clearScreen: false,
    oxc: { jsx: { runtime: 'automatic' } },
    build: {
      target: BROWSERS,
      sourcemap: false,
      // The page's policy lets nothing run or show that is no file of its own.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions: {
        onLog(level, log, handle) {
          if (log.code !== SERVER_COMPONENTS) handle(level, log);
        },
      },
    },
  };
}
