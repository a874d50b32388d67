/** Questions on a terminal. Whoever breaks one off ends the command, and nothing is written. */
import { confirm, isCancel, password, select, text } from '@clack/prompts';
import { CommandError } from '../frame/command-error.ts';

/** Says what is wrong with an answer; undefined when nothing is. */
export type Validate = (value: string) => string | undefined;

/** Results go to the standard output, so questions do not. */
const output = process.stderr;

export const isOnTerminal = () => process.stdin.isTTY === true && process.stderr.isTTY === true;

export interface TextQuestion {
  readonly message: string;
  readonly placeholder?: string | undefined;
  readonly initialValue?: string | undefined;
  readonly validate?: Validate;
}

export async function askText({ message, placeholder, initialValue, validate }: TextQuestion): Promise<string> {
  const question = text({
    message,
    output,
    ...(placeholder === undefined ? {} : { placeholder }),
    ...(initialValue === undefined ? {} : { initialValue }),
    validate: (value) => validate?.((value ?? '').trim()),
  });
  return (given(await answered(question)) ?? '').trim();
}

/** What is typed is not shown. */
export async function askSecret(message: string, validate: Validate): Promise<string> {
  const question = password({ message, output, mask: '•', validate: (value) => validate(value ?? '') });
  return given(await answered(question)) ?? '';
}

export async function askYes(message: string, initialValue: boolean): Promise<boolean> {
  return given(await answered(confirm({ message, initialValue, output })));
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}

export async function askChoice<Value extends string>(
  message: string,
  choices: readonly Choice<Value>[],
  initialValue?: Value,
): Promise<Value> {
  const options = choices.map(({ value, label, hint }) => ({ value: value as string, label, ...(hint && { hint }) }));
  const question = select({ message, options, output, ...(initialValue === undefined ? {} : { initialValue }) });
  return given(await answered(question)) as Value;
}

const SHOW_CURSOR = '\u001b[?25h';
const brokenOff = () => new CommandError('Broken off. Nothing was written.');

/** Ctrl-D ends the input: nobody answers any more, and the program would end at the question without a word. */
async function answered<Answer>(question: Promise<Answer>): Promise<Answer> {
  const over = Promise.withResolvers<never>();
  const onEnd = () => {
    output.write(SHOW_CURSOR);
    over.reject(brokenOff());
  };
  process.once('beforeExit', onEnd);
  return Promise.race([question, over.promise]).finally(() => process.off('beforeExit', onEnd));
}

function given<Answer>(answer: Answer): Exclude<Answer, symbol> {
  if (isCancel(answer)) throw brokenOff();
  return answer as Exclude<Answer, symbol>;
}
