/** What ends a command: 1 when Errand said no, 2 when it could not be asked. */
export type FailureCode = 1 | 2;

interface CommandErrorOptions extends ErrorOptions {
  readonly mayPass?: boolean;
}

/** A command cannot do what it was called for; the message says why and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: FailureCode;
  /** Nobody answered, or only for now: the same may be asked again. */
  readonly mayPass: boolean;

  constructor(message: string, exitCode: FailureCode = 2, options: CommandErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
    this.mayPass = options.mayPass ?? false;
  }
}

/** For what is wanted only where it can be had now: nothing while nobody answers. @throws the same error otherwise. */
export function whileAway(error: unknown): undefined {
  if (!(error instanceof CommandError && error.mayPass)) throw error;
}
