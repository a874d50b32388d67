import type { Plugin } from 'esbuild';

/** Fails where the SDK would load the real thing: only operations with event streams do, and we use none. */
const SOURCE = `
const refuse = () => {
  throw new Error('Operations with event streams are left out of this bundle.');
};
export const eventStreamSerdeProvider = refuse;
export const EventStreamSerde = refuse;
`;

/**
 * Leaves out what the SDK loads on demand for operations with event streams. A dynamic import makes esbuild wrap every
 * module that both sides share, and then neither leaves out what is unused in them nor starts them cheaply.
 */
export function eventStreams(): Plugin {
  return {
    name: 'event-streams',
    setup(build) {
      build.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ path, kind }) =>
        kind === 'dynamic-import' ? { path, namespace: 'event-streams' } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'event-streams' }, () => ({ contents: SOURCE, loader: 'js' }));
    },
  };
}
