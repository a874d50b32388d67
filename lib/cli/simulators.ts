/** `npm run simulators [-- --port FIRST] [--data DIR]`: the five platforms alone, until Ctrl-C. */
import { parseArgs } from 'node:util';
import { PROVIDER_IDS } from '../domain/config.ts';
import { SAMPLE_SECRETS, startFleet } from '../simulators/fleet.ts';
import { SIMULATOR_PORT } from '../simulators/sample-url.ts';

const HELP = `Starts the five simulated platforms on 127.0.0.1.

  npm run simulators -- [options]

  --port N     first of five consecutive ports (default ${SIMULATOR_PORT}; 0 takes any free ones)
  --data DIR   folder in which they remember their jobs (default: in memory)
  --help       this text

Each tells about itself: GET /_simulator/requests, GET /_simulator/jobs; POST /_simulator/faults plants a fault.`;

const { values } = parseArgs({
  options: { port: { type: 'string' }, data: { type: 'string' }, help: { type: 'boolean', default: false } },
});

if (values.help) {
  console.log(HELP);
} else {
  const port = Number(values.port ?? SIMULATOR_PORT);
  const fleet = await startFleet({
    ...(port === 0 ? {} : { firstPort: port }),
    ...(values.data === undefined ? {} : { dir: values.data }),
  });
  for (const id of PROVIDER_IDS) console.log(`${id.padEnd(12)} ${fleet[id].origin}`);
  console.log(`\nThey accept these secrets:\n${JSON.stringify(SAMPLE_SECRETS, null, 2)}\n\nCtrl-C stops them.`);
  process.once('SIGINT', () => void fleet.close());
  process.once('SIGTERM', () => void fleet.close());
}
