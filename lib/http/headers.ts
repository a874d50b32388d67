import { InvalidInputError } from '../domain/errors.ts';

const NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/i;
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const MAX_VALUE = 16_384;

/** Says which rule a header value breaks, without the value; undefined when it can be sent. */
export function refuseHeaderValue(value: string): string | undefined {
  if (value.length > MAX_VALUE) return `is longer than ${MAX_VALUE} characters`;
  if (!VALUE.test(value)) return 'is not made of printable ASCII characters without spaces at its ends';
  return undefined;
}

/** @throws InvalidInputError that names the header and the rule. */
export function assertHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name)) throw new InvalidInputError('A request has a header with an impossible name', []);
    const problem = refuseHeaderValue(value);
    if (problem !== undefined)
      throw new InvalidInputError('A request has a header that cannot be sent', [
        { path: `headers.${name.toLowerCase()}`, message: problem },
      ]);
  }
}
