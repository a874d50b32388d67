/** `npm run simulators`. */
import { runSimulators } from './local/simulate.ts';

process.exitCode = await runSimulators(process.argv.slice(2));
