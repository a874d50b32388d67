/** What the tasks of the state machine do on this machine: call a function, or start an execution. */
import type { Json, JsonObject } from '../domain/json.ts';
import { AwsError } from './aws-json.ts';
import { type Definition, functionOfArn, type State } from './definition.ts';
import type { LocalFunctions } from './functions.ts';
import type { TaskResource } from './history.ts';
import { LocalStartError } from './local-start-error.ts';

export interface Task {
  readonly resource: TaskResource;
  run(parameters: Json): Promise<Json>;
}

export interface StartedExecution {
  readonly executionArn: string;
  readonly startedAtMs: number;
}

export interface TaskDependencies {
  readonly functions: LocalFunctions;
  /** @throws AwsError */
  readonly startExecution: (name: string | undefined, input: string) => Promise<StartedExecution>;
}

/** A failed task; Step Functions matches the name, and shows the message as cause. */
class TaskError extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

async function invoke(functions: LocalFunctions, arn: string, payload: Json): Promise<Json> {
  const name = functionOfArn(arn);
  if (!name) throw new TaskError('Lambda.ResourceNotFoundException', `Function not found: ${arn}`);
  const result = await functions.invoke(name, payload);
  if (result.ok) return result.value;
  throw new TaskError(result.error.errorType, JSON.stringify(result.cause ?? result.error));
}

function startTask({ startExecution }: TaskDependencies, prefix: string, resource: string, service: string): Task {
  return {
    resource: { kind: 'integration', resourceType: service, resource },
    async run(parameters) {
      const { Name, Input = {} } = parameters as JsonObject;
      const input = typeof Input === 'string' ? Input : JSON.stringify(Input);
      try {
        const started = await startExecution(Name === undefined ? undefined : String(Name), input);
        return { ExecutionArn: started.executionArn, StartDate: new Date(started.startedAtMs).toISOString() };
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const name = error.name.endsWith('Exception') ? error.name : `${error.name}Exception`;
        throw new TaskError(`${prefix}.${name}`, error.message);
      }
    },
  };
}

function taskOf(name: string, { Resource }: State, dependencies: TaskDependencies): Task {
  const arn = String(Resource);
  if (functionOfArn(arn)) {
    return { resource: { kind: 'function', arn }, run: (payload) => invoke(dependencies.functions, arn, payload) };
  }
  if (arn.endsWith(':states:::lambda:invoke')) {
    return {
      resource: { kind: 'integration', resourceType: 'lambda', resource: 'invoke' },
      async run(parameters) {
        const { FunctionName, Payload = {} } = parameters as JsonObject;
        const value = await invoke(dependencies.functions, String(FunctionName), Payload);
        return { ExecutedVersion: '1', Payload: value, StatusCode: 200 };
      },
    };
  }
  if (arn.endsWith(':states:::states:startExecution')) {
    return startTask(dependencies, 'StepFunctions', 'startExecution', 'states');
  }
  if (arn.endsWith(':states:::aws-sdk:sfn:startExecution')) {
    return startTask(dependencies, 'Sfn', 'startExecution', 'aws-sdk:sfn');
  }
  throw new LocalStartError(`State ${name} uses ${arn}, which the local runtime does not offer.`);
}

/** The tasks by state name. @throws LocalStartError for a resource that has no counterpart here. */
export function createTasks(definition: Definition, dependencies: TaskDependencies): ReadonlyMap<string, Task> {
  const states = Object.entries(definition.States).filter(([, { Type }]) => Type === 'Task');
  return new Map(states.map(([name, state]) => [name, taskOf(name, state, dependencies)]));
}
