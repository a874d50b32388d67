import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { functionDir } from '../../infra/bundle.ts';
import { type CreateAppProps, createApp } from '../../infra/create-app.ts';
import type { ErrandStackProps } from '../../infra/errand-stack.ts';
import { FUNCTIONS } from '../../lib/contract.ts';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties have no type.
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: readonly string[];
}

export interface SynthesisedTemplate {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Rules?: Readonly<Record<string, unknown>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** For a stack of a test's own, without the app around it. */
export const SETTINGS: Omit<ErrandStackProps, 'codeDir'> = {
  secretNames: [],
  schedules: [],
  environment: 'test',
  keyRequestsPerSecond: 10,
  throttle: { throttlingRateLimit: 50, throttlingBurstLimit: 100 },
};

/** A directory of its own, gone when `use` has ended. */
export async function inTemporaryDir<Result>(use: (dir: string) => Promise<Result>): Promise<Result> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-infra-'));
  try {
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The app around functions that do nothing, not yet synthesised. */
export async function withApp<Result>(
  props: Partial<CreateAppProps>,
  use: (app: App, outdir: string) => Result | Promise<Result>,
): Promise<Result> {
  return inTemporaryDir(async (outdir) => {
    for (const name of FUNCTIONS) {
      await mkdir(functionDir(outdir, name), { recursive: true });
      await writeFile(join(functionDir(outdir, name), 'index.mjs'), `export const handler = () => '${name}';`);
    }
    return use(await createApp({ outdir, secretNames: ['errand/acme', 'errand/other'], ...props }), outdir);
  });
}

/** The template, unchecked. */
export async function synthesise(props: Partial<CreateAppProps> = {}): Promise<SynthesisedTemplate> {
  return withApp({ validate: false, ...props }, (app, outdir) => {
    app.synth();
    return readTemplate(outdir);
  });
}

export async function readTemplate(outdir: string): Promise<SynthesisedTemplate> {
  return JSON.parse(await readFile(join(outdir, 'Errand.template.json'), 'utf8'));
}

/** All resources of a type, by logical id. */
export function resourcesOf(template: SynthesisedTemplate, type: string): readonly (readonly [string, Resource])[] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** A value of the template as readable text: references by logical id in angle brackets. */
export function flatten(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[operator, operand] = []] = Object.entries(value);
  if (operator === 'Ref') return String(operand).startsWith('AWS::') ? `<${String(operand).slice(5)}>` : `<${operand}>`;
  if (operator === 'Fn::GetAtt') return `<${(operand as string[]).join('.')}>`;
  if (operator === 'Fn::Join') return (operand as [string, unknown[]])[1].map(flatten).join('');
  return JSON.stringify(value);
}
