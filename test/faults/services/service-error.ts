/** An error as AWS's clients throw it. */
export function serviceError(name: string, httpStatusCode: number): Error {
  const message = `${name} (${httpStatusCode})`;
  const $fault = httpStatusCode < 500 ? 'client' : 'server';
  return Object.assign(new Error(message), { name, $fault, $metadata: { httpStatusCode } });
}

/** No answer at all: whether it was done is unknown. */
export function noAnswer(): Error {
  return Object.assign(new Error('the answer did not come'), { name: 'TimeoutError' });
}

interface Command {
  readonly input: never;
}

/** A stand-in for one of AWS's clients: what a command asks for, by its name. */
export function clientOf<Client>(operations: Readonly<Record<string, (input: never) => Promise<unknown>>>): Client {
  return {
    async send(command: Command) {
      const name = command.constructor.name.replace(/Command$/, '');
      const operation = operations[name];
      if (operation === undefined) throw new Error(`The functions are not known to call ${name}.`);
      return operation(command.input);
    },
  } as Client;
}
