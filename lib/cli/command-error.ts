/** What ends a command: 1 when Errand said no, 2 when it could not be asked. */
export type FailureCode = 1 | 2;

/** A command cannot do what it was called for; the message says why and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: FailureCode;

  constructor(message: string, exitCode: FailureCode = 2, options: ErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
