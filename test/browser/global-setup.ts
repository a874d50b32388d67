import { ensureBrowser } from './chromium.ts';

/** Before the first browser test; without one it is not called. */
export const setup = ensureBrowser;
