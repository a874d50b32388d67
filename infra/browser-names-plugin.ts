import type { Plugin } from 'esbuild';

/**
 * Leaves out what the SDK would tell browsers apart with. It is imported on demand by code that no function holds, and
 * esbuild writes what is imported on demand before it knows that.
 */
export function browserNames(): Plugin {
  return {
    name: 'browser-names',
    setup(build) {
      build.onResolve({ filter: /^bowser$/ }, ({ path }) => ({ path, namespace: 'browser-names' }));
      build.onLoad({ filter: /.*/, namespace: 'browser-names' }, () => ({ contents: 'export {};', loader: 'js' }));
    },
  };
}
