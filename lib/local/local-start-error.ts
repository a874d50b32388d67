/** The runtime on this machine cannot start; the message says why and what to do. */
export class LocalStartError extends Error {
  override readonly name = 'LocalStartError';
}
