import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Fetches Node's own modules with `process.getBuiltinModule`. An `import` of one from an ES module first reads every
 * property it exports, which sets off lazy getters (web crypto, `fs.promises` and others) that nobody asked for.
 */
export function builtinModules(): Plugin {
  return {
    name: 'builtin-modules',
    setup(build) {
      build.onResolve({ filter: /^(node:)?[a-z_/0-9]+$/ }, ({ path }) =>
        isBuiltin(path) ? { path, namespace: 'builtin-modules', sideEffects: false } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'builtin-modules' }, ({ path }) => ({
        contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
        loader: 'js',
      }));
    },
  };
}
