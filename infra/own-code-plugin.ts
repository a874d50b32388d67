import { basename } from 'node:path';
import type { OutputFile, Plugin } from 'esbuild';

const NAMESPACE = 'own-code';

/**
 * Serves the output of an earlier pass from memory; packages are looked up from `root`. It is read as TypeScript, where
 * an import of which nothing is used vanishes.
 */
export function ownCode(outputs: readonly OutputFile[], root: string): Plugin {
  const files = new Map(outputs.map(({ path, text }) => [basename(path), text]));
  return {
    name: NAMESPACE,
    setup(build) {
      build.onResolve({ filter: /^\.\// }, ({ path, kind, namespace }) =>
        kind === 'entry-point' || namespace === NAMESPACE ? { path: basename(path), namespace: NAMESPACE } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => {
        const contents = files.get(path);
        return contents === undefined
          ? { errors: [{ text: `There is no ${path} among our own code.` }] }
          : { contents, loader: 'ts', resolveDir: root };
      });
    },
  };
}
