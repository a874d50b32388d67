/** `aws.env`: lets a shell point AWS's own command, or any program with AWS's clients, at this instance. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateFile } from './private-files.ts';

export const AWS_ENV_FILE = 'aws.env';

/** A shell may come with settings for the cloud; beside ours, these would win or be sent along. */
const IN_THE_WAY = ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_ENDPOINT_URL', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'];
const OURS = /^(AWS|ERRAND)_/;

const quote = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;

function textOf(values: Readonly<Record<string, string>>): string {
  // Some of AWS's programs know the region under its older name only.
  const all = { ...values, ...(values.AWS_REGION !== undefined && { AWS_DEFAULT_REGION: values.AWS_REGION }) };
  const lines = Object.entries(all)
    .filter(([name]) => OURS.test(name))
    .map(([name, value]) => `export ${name}=${quote(value)}`);
  return [`unset ${IN_THE_WAY.join(' ')}`, ...lines, ''].join('\n');
}

/** Writes what of these belongs to AWS or to us, for its owner alone. It goes with an orderly stop: nobody is there then. */
export function writeAwsEnv(dataDir: string, values: Readonly<Record<string, string>>): { close(): Promise<void> } {
  const path = join(dataDir, AWS_ENV_FILE);
  writePrivateFile(path, textOf(values));
  return { close: () => rm(path, { force: true }) };
}
