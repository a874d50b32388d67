import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const IMPORT = /import \{ z \} from 'zod';/;

/**
 * Lets unused parts of zod be left out. A bundler sees which members of `import * as z` are used, but takes the object
 * behind `import { z }` whole, with the messages of fifty languages.
 */
export function zodNamespace(): Plugin {
  return {
    name: 'zod-namespace',
    setup(build) {
      build.onLoad({ filter: /\/(lib|functions)\/.*\.ts$/ }, async ({ path }) => {
        if (path.includes('/node_modules/')) return undefined;
        const source = await readFile(path, 'utf8');
        return { contents: source.replace(IMPORT, "import * as z from 'zod';"), loader: 'ts' };
      });
    },
  };
}
