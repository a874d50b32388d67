import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Build, buildStack } from '../../../lib/local/build.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const CONFIG = {
  connections: {
    acme: { provider: 'invision', baseUrl: 'http://127.0.0.1:9/invision', secret: 'errand/acme' },
  },
  flows: { nightly: { connection: 'acme', target: { dataFlowId: 'x' } } },
};

/** A small configuration in a file. */
export function configFile(config: object = CONFIG): string {
  const path = join(temporaryDirectory(), 'config.json');
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/** The stack as it is in the sources, bundles included; kept between test runs. */
export const builtStack = (): Promise<Build> => buildStack(configFile(), () => {}, new Date());
