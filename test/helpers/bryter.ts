import { onTestFinished } from 'vitest';
import { bryter } from '../../lib/providers/bryter.ts';
import { BRYTER_MODULES, type BryterOptions, createBryterPlatform } from '../../lib/simulators/bryter.ts';
import { serveSimulator } from '../../lib/simulators/simulator.ts';
import { openSession } from './session.ts';

export const API_KEY = 'b1kq0Yx3w7Vt5Zr9Lm2Nc4Hd6Jf8Ps0Ag1Su3Eo5Iy7';
export const SESSION_ID = 'V6c_8e2PTnKq1sX0bWm4Dg';
export const MODULE = BRYTER_MODULES.onboarding;
export const SESSIONS = `/api/execution/${MODULE}/sessions`;

export interface Setup extends Partial<BryterOptions> {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly module?: string;
  /** The key that the client has. */
  readonly clientKey?: string;
}

/** A simulated BRYTER on a real socket, with a clock of its own, and a session that talks to it. */
export async function setUp({ settings = {}, module = MODULE, clientKey = API_KEY, ...options }: Setup = {}) {
  const clock = { now: Date.UTC(2026, 0, 5) };
  const platform = createBryterPlatform({ apiKey: API_KEY, now: () => clock.now, ...options });
  const simulator = await serveSimulator(platform);
  onTestFinished(() => simulator.close());
  const input = { baseUrl: simulator.origin, settings, target: { publishedModuleId: module } };
  const session = openSession(bryter, { ...input, credentials: { apiKey: clientKey } });
  const pass = (ms: number) => {
    clock.now += ms;
  };
  return { session, simulator, platform, pass };
}
