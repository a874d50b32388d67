import { OutputTooLargeError } from '../domain/errors.ts';
import type { Scrubber } from '../domain/redact.ts';
import type { Run, RunOutput } from '../domain/run.ts';
import type { FalloutReason } from '../domain/status.ts';
import type { ProviderOutput } from '../providers/provider.ts';
import type { Dependencies } from './ports.ts';

export type StoredOutput =
  | { readonly kind: 'stored'; readonly output: RunOutput }
  | { readonly kind: 'impossible'; readonly reason: FalloutReason; readonly message: string };

const MEDIA_TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/;

/** A header's text is the platform's too: what is no media type, or tells a secret, is as good as none. */
function mediaTypeOf(text: string, scrubber: Scrubber): string {
  const isUsable = MEDIA_TYPE.test(text) && scrubber.text(text) === text;
  return isUsable ? text : 'application/octet-stream';
}

/**
 * Keeps an output. Values are scrubbed of what must not be kept; the bytes of documents are left as they are.
 * @throws whatever may pass: StoreUnavailableError, ReplyLostError of a broken transfer.
 */
export async function storeOutput(
  { outputs }: Dependencies,
  run: Run,
  output: ProviderOutput,
  scrubber: Scrubber,
  signal: AbortSignal,
): Promise<StoredOutput> {
  const scrubbed: ProviderOutput = {
    ...(output.value === undefined ? {} : { value: scrubber.json(output.value) }),
    files: output.files.map((file) => ({
      name: scrubber.text(file.name),
      mediaType: mediaTypeOf(file.mediaType, scrubber),
      open: (options) => file.open(options),
    })),
  };
  try {
    return { kind: 'stored', output: await outputs.store(run.id, run.attempt, scrubbed, signal) };
  } catch (error) {
    if (error instanceof OutputTooLargeError)
      return {
        kind: 'impossible',
        reason: 'OUTPUT_TOO_LARGE',
        message: `It succeeded, but its output is too large. ${error.message}`,
      };
    throw error;
  }
}
