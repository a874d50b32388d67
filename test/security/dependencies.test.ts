import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Dependencies, dependencyFaults, type LockedPackage } from './dependency-faults.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const ours: Dependencies = {
  lock: JSON.parse(read('package-lock.json')),
  manifest: JSON.parse(read('package.json')),
  settings: read('.npmrc'),
};

/** Ours, with one package as it is not. */
function withPackage(path: string, change: Partial<LockedPackage>): Dependencies {
  const packages = { ...ours.lock.packages, [path]: { ...ours.lock.packages[path], ...change } };
  return { ...ours, lock: { ...ours.lock, packages } };
}

const ESBUILD = 'node_modules/planted/node_modules/esbuild';
const good: LockedPackage = { version: '1.0.0', license: 'MIT', integrity: `sha512-${'a'.repeat(86)}==` };

const PLANTED: readonly (readonly [string, Dependencies])[] = [
  ['a version with a known hole', withPackage(ESBUILD, { ...good, version: '0.28.0' })],
  ['a version that may move', { ...ours, manifest: { ...ours.manifest, dependencies: { hono: '^4.13.19' } } }],
  ['a version from a branch', { ...ours, manifest: { ...ours.manifest, dependencies: { hono: 'github:a/b' } } }],
  ['another version than is wanted', { ...ours, manifest: { ...ours.manifest, dependencies: { hono: '4.13.18' } } }],
  ['a package without a checksum', withPackage('node_modules/planted', { version: '1.0.0', license: 'MIT' })],
  ['a package with a weak checksum', withPackage('node_modules/planted', { ...good, integrity: 'sha1-abc=' })],
  [
    'a package from elsewhere',
    withPackage('node_modules/planted', { ...good, resolved: 'https://evil.example/x.tgz' }),
  ],
  [
    'a package from a repository',
    withPackage('node_modules/planted', { ...good, resolved: 'git+ssh://git@a.example/b' }),
  ],
  ['a package on the disk', withPackage('node_modules/planted', { ...good, link: true })],
  ['a licence that binds us', withPackage('node_modules/planted', { ...good, license: 'AGPL-3.0-only' })],
  ['no licence', withPackage('node_modules/planted', { version: '1.0.0', integrity: `sha512-${'a'.repeat(86)}==` })],
  ['a program to be run', withPackage('node_modules/planted', { ...good, hasInstallScript: true })],
  ['a package that is not wanted', withPackage('node_modules/a/node_modules/fast-xml-parser', good)],
  ['installation with programs', { ...ours, settings: ours.settings.replace('ignore-scripts=true', '') }],
  ['a lock without checksums', { ...ours, lock: { ...ours.lock, lockfileVersion: 1 } }],
];

const IMPORT = /^(?:import|export)\b[^;]*?from '([^']+)'|\bimport\('([^']+)'\)/gm;

describe('what we depend on', () => {
  it('is pinned, vouched for by a checksum, free to use, and runs nothing when it is installed', () => {
    expect(Object.keys(ours.lock.packages).length).toBeGreaterThan(300);
    expect(dependencyFaults(ours)).toEqual([]);
  });

  it.each(PLANTED)('would be refused with %s', (_, planted) => {
    expect(dependencyFaults(planted)).toHaveLength(1);
  });

  it('is what is installed here, so that what was checked is what runs', () => {
    const installed = JSON.parse(read('node_modules/.package-lock.json')).packages as Dependencies['lock']['packages'];
    const other = Object.entries(installed)
      .filter(([path, { version }]) => ours.lock.packages[path]?.version !== version)
      .map(([path]) => path);
    expect(other).toEqual([]);
  });

  it('stays few: what a function ships is listed, and a package more is seen by whoever reviews it', () => {
    const imported = new Set<string>();
    for (const folder of ['functions', 'lib/api', 'lib/aws', 'lib/domain', 'lib/http', 'lib/polling', 'lib/protection'])
      collect(folder, imported);
    for (const folder of ['lib/providers', 'lib/workflow']) collect(folder, imported);
    expect([...imported].sort()).toEqual([
      '@aws-lambda-powertools/logger',
      '@aws-lambda-powertools/metrics',
      '@aws-lambda-powertools/tracer',
      '@aws-sdk/client-dynamodb',
      '@aws-sdk/client-s3',
      '@aws-sdk/client-secrets-manager',
      '@aws-sdk/client-sfn',
      '@aws-sdk/client-sqs',
      '@aws-sdk/lib-storage',
      '@aws-sdk/s3-request-presigner',
      '@aws-sdk/util-dynamodb',
      '@middy/core',
      'croner',
      'hono',
      'saxes',
      'ulid',
      'zod',
    ]);
  });
});

/** Packages of others that a folder's sources import for more than types. */
function collect(folder: string, imported: Set<string>): void {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((file) => file.endsWith('.ts')))
    for (const [statement, from, dynamic] of read(join(folder, name)).matchAll(IMPORT)) {
      const source = from ?? dynamic ?? '';
      if (/^(import|export) type/.test(statement) || /^(\.|node:|$)/.test(source)) continue;
      imported.add(
        source
          .split('/')
          .slice(0, source.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    }
}
