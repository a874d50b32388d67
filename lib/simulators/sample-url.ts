import { PROVIDER_IDS, type ProviderId } from '../domain/config.ts';

/** Ports of `npm run simulators`, when nothing else is said. */
export const SIMULATOR_PORT = 8_801;

/** Environment variable that says where a simulator listens; `npm start` sets it to a free port. */
export function simulatorVariable(id: ProviderId): string {
  return `ERRAND_SIMULATOR_${id.toUpperCase().replaceAll('-', '_')}`;
}

/** Base URL of a simulated platform, for the sample configuration. */
export function simulatorUrl(id: ProviderId): string {
  return process.env[simulatorVariable(id)] ?? `http://127.0.0.1:${SIMULATOR_PORT + PROVIDER_IDS.indexOf(id)}`;
}
