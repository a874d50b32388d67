import { expect, it } from 'vitest';
import { createScrubber } from '../../lib/domain/redact.ts';
import type { ProviderOutput } from '../../lib/providers/provider.ts';
import { storeOutput } from '../../lib/workflow/store-output.ts';
import { createWorld } from '../helpers/world.ts';

const KEY = 'tok~en:47110815';

async function typeOf(mediaType: string): Promise<string | undefined> {
  let stored: ProviderOutput | undefined;
  const world = createWorld({ session: { start: () => Promise.reject(new Error('unused')) } });
  const outputs = {
    ...world.dependencies.outputs,
    store: async (_run: string, _attempt: number, output: ProviderOutput) => {
      stored = output;
      return { files: [], bytes: 0 };
    },
  };
  const files = [{ name: 'a.pdf', mediaType, open: () => Promise.reject(new Error('unused')) }];
  const run = await world.accept();
  const { signal } = new AbortController();
  await storeOutput({ ...world.dependencies, outputs }, run, { files }, createScrubber([KEY]), signal);
  return stored?.files[0]?.mediaType;
}

it('keeps the media type of a file only where it is one and tells no secret: it comes from a header', async () => {
  expect(await typeOf('application/pdf')).toBe('application/pdf');
  expect(await typeOf('image/svg+xml')).toBe('image/svg+xml');
  for (const hostile of [`application/${KEY}`, 'text/x-tok~en:47110815', 'text', 'text/html;x="', 'a/b\r\nx-y: z'])
    expect(await typeOf(hostile)).toBe('application/octet-stream');
});
