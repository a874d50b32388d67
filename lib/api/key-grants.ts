/** What one API key may do about others. Nobody gives what it has not itself. */
import { InvalidInputError } from '../domain/errors.ts';
import type { ApiKeyRecord, Dependencies } from '../workflow/ports.ts';
import { maySee } from './authenticate.ts';
import { type CreatedKey, createKey, type KeyRequest, type MayManage } from './keys.ts';
import { ProblemError } from './problem.ts';

type GrantDependencies = Pick<Dependencies, 'keys' | 'vault' | 'clock' | 'config'>;

/**
 * Makes a key on behalf of another: with no scope and, where that one is limited to flows, no flow beyond its own.
 * @throws InvalidInputError for flows that do not exist, or not for the giver; ProblemError 403.
 */
export async function grantKey(
  dependencies: GrantDependencies,
  environment: string,
  giver: ApiKeyRecord,
  request: KeyRequest,
): Promise<CreatedKey> {
  requireFlows(dependencies, giver, request.flows ?? []);
  const missing = request.scopes.filter((scope) => !giver.scopes.includes(scope));
  if (missing.length > 0)
    throw new ProblemError('FORBIDDEN', {
      detail: `An API key cannot give what it lacks itself: ${missing.map((scope) => `"${scope}"`).join(', ')}.`,
    });
  if (giver.flows !== undefined && request.flows === undefined)
    throw new ProblemError('FORBIDDEN', {
      detail: `This API key is limited to flows, and so are the keys it makes: name theirs in "flows".`,
    });
  return createKey(dependencies, environment, request);
}

/** A key that is limited to flows sees and revokes those keys alone that it could have made, itself among them. */
export function manages(giver: ApiKeyRecord): MayManage {
  const { flows, scopes } = giver;
  if (flows === undefined) return () => true;
  return (record) =>
    record.scopes.every((scope) => scopes.includes(scope)) &&
    (record.flows?.every((flow) => flows.includes(flow)) ?? false);
}

function requireFlows({ config }: GrantDependencies, giver: ApiKeyRecord, flows: readonly string[]): void {
  const issues = flows.flatMap((flow, index) =>
    Object.hasOwn(config.flows, flow) && maySee(giver, flow)
      ? []
      : [{ path: `flows.${index}`, message: `there is no flow "${flow}"` }],
  );
  if (issues.length > 0) throw new InvalidInputError('The API key cannot be made.', issues);
}
