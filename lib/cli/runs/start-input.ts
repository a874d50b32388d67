/** What a flow is started with, checked against what it takes before anything is sent. */
import type { JsonObject } from '../../domain/json.ts';
import { CommandError } from '../frame/command-error.ts';
import { nearestName } from '../frame/nearest-name.ts';
import { readParameters } from './parameter-values.ts';
import type { RunsDesk, StartBody } from './runs-desk.ts';
import type { ShownFlow } from './shown-run.ts';

/** As it was given on the command line. */
export interface Input {
  /** `name=value` each. */
  readonly pairs: readonly string[];
  readonly parameters?: JsonObject;
  readonly body?: string;
}

type Start = Pick<StartBody, 'parameters' | 'body'>;

/** @throws CommandError naming each field that cannot be used, or the flows that there are. */
export async function inputOf(desk: RunsDesk, flowId: string, input: Input): Promise<Start> {
  const flow = await flowOf(desk, flowId, input);
  if (flow === undefined) return withoutSchema(input);
  return flow.rawBody === true ? bodyOf(flow, input) : parametersOf(flow, input);
}

/** Undefined where the key may start flows but not look at them, and nothing needs to be known of the flow. */
async function flowOf(desk: RunsDesk, flowId: string, { pairs }: Input): Promise<ShownFlow | undefined> {
  try {
    const flow = await desk.flow(flowId);
    if (flow !== undefined) return flow;
  } catch (error) {
    const isRefused = error instanceof CommandError && error.exitCode === 1;
    if (!isRefused) throw error;
    if (pairs.length === 0) return undefined;
    const message = `${error.message}\nWithout that scope the types of parameters cannot be known: give them with --params FILE.`;
    throw new CommandError(message, 1, { cause: error });
  }
  throw unknownFlow(
    flowId,
    (await desk.flows()).map(({ id }) => id),
  );
}

export function unknownFlow(flowId: string, known: readonly string[]): CommandError {
  const near = nearestName(flowId, known);
  const question = near === undefined ? '' : ` Did you mean "${near}"?`;
  const list = known.length === 0 ? 'There are none that this API key may see.' : `There are ${known.join(', ')}.`;
  return new CommandError(`There is no flow "${flowId.slice(0, 64)}".${question} ${list}`, 1);
}

function withoutSchema({ parameters, body }: Input): Start {
  return { ...(parameters && { parameters }), ...(body === undefined ? {} : { body }) };
}

function bodyOf({ id }: ShownFlow, { pairs, parameters, body }: Input): Start {
  if (pairs.length > 0 || parameters !== undefined)
    throw new CommandError(`The flow ${id} takes the platform’s own body and no parameters: --body FILE.`);
  if (body === undefined) throw new CommandError(`The flow ${id} takes the platform’s own body: --body FILE.`);
  return { body };
}

function parametersOf(flow: ShownFlow, { pairs, parameters, body }: Input): Start {
  if (body !== undefined)
    throw new CommandError(`The flow ${flow.id} takes parameters and no body: --param NAME=VALUE.`);
  const { values, issues } = readParameters(flow, pairs, parameters);
  if (issues.length === 0) {
    warnOfSecrets(flow, pairs);
    return { parameters: values };
  }
  const lines = issues.map(({ name, message }) => `  ${name}: ${message}`);
  const hint = `"errand flows ${flow.id}" shows what it takes.`;
  throw new CommandError([`The flow ${flow.id} cannot be started with these parameters:`, ...lines, hint].join('\n'));
}

/** A command line is kept by shells and read by others on the machine. */
function warnOfSecrets({ parametersSchema }: ShownFlow, pairs: readonly string[]): void {
  const names = pairs.map((pair) => pair.split('=', 1)[0] ?? '');
  const secret = names.filter((name) => parametersSchema.properties[name]?.writeOnly === true);
  if (secret.length === 0) return;
  console.error(
    `Kept secret, but now on a command line: ${secret.join(', ')}. --params FILE or --params - shows it to nobody.`,
  );
}
