/** `errand doctor` from its options to what it says in the end. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../../domain/config.ts';
import { InvalidInputError } from '../../domain/errors.ts';
import { LocalStartError } from '../../local/local-start-error.ts';
import { loadConfig } from '../../providers/config.ts';
import { type ChosenConfig, chooseConfig, DEFAULT_DATA, goneWords } from '../config/config-choice.ts';
import { exampleRun } from '../config/example-run.ts';
import { adoptOrigins, simulatorAt } from '../config/simulator-origins.ts';
import { dataWords, shown, typed } from '../config/typed.ts';
import { CommandError } from '../frame/command-error.ts';
import { readSecrets } from '../local/local-secrets.ts';
import { localUrlOf, runningAt } from '../target/errand-health.ts';
import { examine } from './doctor.ts';
import type { Remedies } from './doctor-remedies.ts';
import { type GeneralFinding, isHealthy, type Report, reportText } from './doctor-report.ts';

const TIMEOUT_MS = 12_000;

interface DoctorArgs {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly json?: boolean | undefined;
}

/** @returns 1 when something is wrong. @throws CommandError when nothing can be checked. */
export async function runDoctor(args: DoctorArgs): Promise<0 | 1> {
  const report = await reportOf(args);
  console.log(args.json ? JSON.stringify(report) : reportText(report));
  return report.ok ? 0 : 1;
}

async function reportOf(args: DoctorArgs): Promise<Report> {
  const dataDir = resolve(args.data ?? DEFAULT_DATA);
  const url = await runningAt(dataDir);
  if (url !== undefined) adoptOrigins(dataDir);
  const errand = errandFinding(url, dataDir, args);
  const chosen = chooseConfig(args, process.cwd());
  const { file, why } = chosen;
  if (!existsSync(file)) throw new CommandError(`There is no configuration ${shown(file)}. ${otherwise()}`);
  try {
    const { config } = await loadConfig(file);
    const general = [...goneFindings(chosen), configFinding(config, file, why), errand];
    const connections = await examine({
      config,
      readSecret: async (name) => textOf(readSecrets(dataDir)[name]),
      remedies: remediesOf(args, config),
      timeoutMs: TIMEOUT_MS,
    });
    return { ok: isHealthy(general, connections), general, connections };
  } catch (error) {
    if (error instanceof LocalStartError) throw new CommandError(error.message, 2, { cause: error });
    if (!(error instanceof InvalidInputError)) throw error;
    if (error.message.includes('cannot be read')) throw unreadable(error);
    const mistakes = error.issues.map(({ path, message }): GeneralFinding => {
      const remedy = `Correct it in ${shown(file)}.`;
      return { check: 'config', state: 'wrong', message: `${path}: ${message}`, remedy };
    });
    return { ok: false, general: [...mistakes, errand], connections: [] };
  }
}

function unreadable(error: InvalidInputError): CommandError {
  return new CommandError(`${error.message}\n${otherwise()}`, 2, { cause: error });
}

const otherwise = () => `Name another with --config, or write one: ${typed(['init'])}`;

function configFinding({ connections, flows }: Config, file: string, why: ChosenConfig['why']): GeneralFinding {
  const count = (all: object, one: string) => {
    const number = Object.keys(all).length;
    return `${number} ${one}${number === 1 ? '' : 's'}`;
  };
  const message = `${shown(file)}: ${count(connections, 'connection')}, ${count(flows, 'flow')}`;
  if (why !== 'sample') return { check: 'config', state: 'ok', message };
  const remedy = `This is the sample; "npm start" brings its platforms and secrets. One of your own: ${typed(['init'])}`;
  return { check: 'config', state: 'ok', message, remedy };
}

function goneFindings(chosen: ChosenConfig): readonly GeneralFinding[] {
  if (chosen.gone === undefined) return [];
  return [{ check: 'config', state: 'unknown', message: goneWords(chosen.gone, chosen) }];
}

function errandFinding(url: string | undefined, dataDir: string, { data }: DoctorArgs): GeneralFinding {
  if (url !== undefined) return { check: 'errand', state: 'ok', message: `runs at ${url}` };
  const known = localUrlOf(dataDir);
  const remedy = `Start it: ${typed(['local', ...dataWords(data)])}`;
  const message =
    known === undefined ? `none runs on ${dataDir}` : `none answers at ${known} any more; it was ended without a word`;
  return { check: 'errand', state: 'down', message, remedy };
}

function remediesOf({ data, config }: DoctorArgs, loaded: Config): Remedies {
  const words = [...dataWords(data), ...(config === undefined ? [] : ['--config', config])];
  return {
    secretPlace: `in ${join(data ?? DEFAULT_DATA, 'secrets.json')}`,
    setSecret: (name) => `Store it: ${typed(['secrets', 'set', name, ...words])}`,
    firstRun(flowId) {
      const { words: parameters } = exampleRun(loaded, flowId);
      return `Start one run to be sure: ${typed(['run', flowId, ...parameters, '--wait', ...dataWords(data)])}`;
    },
    simulators: (baseUrl) =>
      simulatorAt(baseUrl) === undefined
        ? undefined
        : `A simulator’s address. Start the simulators: ${typed(['simulate'])}`,
  };
}

function textOf(secret: unknown): string | undefined {
  return secret === undefined ? undefined : JSON.stringify(secret);
}
