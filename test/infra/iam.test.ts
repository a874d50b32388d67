import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { connectionKey, historyKey, queueKey } from '../../lib/aws/table-keys.ts';
import { flatten, type Resource, resourcesOf, synthesise } from './assembly.ts';

const template = await synthesise();

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type Permissions = Readonly<Record<string, readonly string[]>>;

/** Random endings of logical ids are left out: only a renamed resource changes the list. */
function readable(value: unknown): string {
  return flatten(value)
    .replaceAll(/([0-9A-F]{8})(?=[.>]|$)/g, '')
    .replaceAll(/<(Partition|Region|AccountId)>/g, '<$1>');
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function where(condition: Statement['Condition'] = {}): string {
  const tests = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => `${operator} ${key} ${listOf(values).map(readable).join(', ')}`),
  );
  return tests.length === 0 ? '' : ` where ${tests.join(' and ')}`;
}

function sentences(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap(({ Effect, Action, Resource, Condition }) =>
    listOf(Resource).flatMap((resource) =>
      listOf(Action).map((action) => `${Effect} ${action} on ${readable(resource)}${where(Condition)}`),
    ),
  );
}

function statementsOf([, { Type, Properties }]: readonly [string, Resource]): readonly Statement[] {
  const documents =
    Type === 'AWS::IAM::Role'
      ? // biome-ignore lint/suspicious/noExplicitAny: a template's properties have no type.
        (Properties.Policies ?? []).map((policy: any) => policy.PolicyDocument)
      : [Properties.PolicyDocument];
  return documents.flatMap(({ Statement }: { Statement: readonly Statement[] }) => Statement);
}

function permissions(): Permissions {
  const types = ['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'];
  const found = types.flatMap((type) => resourcesOf(template, type));
  return Object.fromEntries(
    found.map((entry) => [entry[0].replace(/[0-9A-F]{8}$/, ''), [...sentences(statementsOf(entry))].sort()]),
  );
}

describe('permissions', () => {
  it('are exactly the checked-in list, so that a wider one is seen by whoever reviews it', async () => {
    const expected: Permissions = JSON.parse(await readFile(new URL('iam-actions.json', import.meta.url), 'utf8'));
    expect(permissions()).toEqual(expected);
  });

  it('never include what nobody needs', () => {
    const all = Object.values(permissions()).flat().join('\n');
    expect(all).not.toMatch(
      /dynamodb:(Scan|BatchWriteItem|PartiQL\w+)|s3:Delete|PutSecretValue|kms:|iam:|StopExecution/,
    );
    expect(all).not.toMatch(/Allow \S*\*/);
  });

  /** Patterns of the partition keys to which an action is limited; undefined where it is not. */
  const patternsOf = (action: string) =>
    Object.values(permissions())
      .flat()
      .filter((line) => line.startsWith(`Allow dynamodb:${action} on <Runs.Arn>`))
      .map((line) => line.split(' where ForAllValues:StringLike dynamodb:LeadingKeys ')[1]);

  it('change items in place, or delete them, only where no record of a run can be', () => {
    expect(new Set(patternsOf('DeleteItem'))).toEqual(new Set(['QUEUE#*']));
    expect(new Set(patternsOf('UpdateItem'))).toEqual(new Set(['CONNECTION#*', 'HISTORY#*, CONNECTION#*']));
  });

  it.each([
    ['UpdateItem', historyKey('flow/connection').pk],
    ['UpdateItem', connectionKey('connection', 'SLOTS').pk],
    ['DeleteItem', queueKey('connection', 'run').pk],
    ['Query', queueKey('connection', 'run').pk],
  ])('of %s are for %s, as the code spells it', (action, key) => {
    const patterns = patternsOf(action).flatMap((list) => list?.split(', ') ?? []);
    expect(patterns).toContain(`${key?.split('#')[0]}#*`);
  });

  it('come from our own policies alone: no managed policy of AWS, and the bare star only for telemetry', () => {
    for (const [, { Properties }] of resourcesOf(template, 'AWS::IAM::Role'))
      for (const arn of Properties.ManagedPolicyArns ?? []) expect(flatten(arn)).toMatch(/^<Telemetry/);
    const withStar = Object.entries(permissions()).filter(([, list]) => list.some((line) => line.endsWith(' on *')));
    expect(withStar.map(([name]) => name).sort()).toEqual(['TelemetryOfFunctions', 'TelemetryOfMachines']);
  });

  it('reach the secrets that the configuration names, and no other', async () => {
    const other = await synthesise({ secretNames: [] });
    const names = (text: string) => [...text.matchAll(/secret:([^"]*?)-\?{6}/g)].map(([, name]) => name);
    expect(new Set(names(JSON.stringify(template)))).toEqual(new Set(['errand/acme', 'errand/other']));
    expect(names(JSON.stringify(other))).toEqual([]);
  });
});
