import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chooseConfig, rememberConfig, SAMPLE_CONFIG } from '../../lib/cli/config/config-choice.ts';
import { parseStartOptions } from '../../lib/cli/local/options.ts';
import { temporaryDir } from '../system/instance.ts';

const newDir = () => temporaryDir((task) => onTestFinished(task));

describe('which configuration a command is about', () => {
  it('is the sample where there is nothing else', () => {
    expect(chooseConfig({}, newDir())).toEqual({ file: SAMPLE_CONFIG, why: 'sample' });
  });

  it('is the one in the folder, the one that init wrote before it, and the one that is named before all', () => {
    const dir = newDir();
    writeFileSync(join(dir, 'errand.config.json'), '{}');
    expect(chooseConfig({}, dir)).toEqual({ file: join(dir, 'errand.config.json'), why: 'here' });
    writeFileSync(join(dir, 'my.config.ts'), '');
    rememberConfig(join(dir, '.errand'), join(dir, 'my.config.ts'));
    expect(chooseConfig({}, dir)).toEqual({ file: join(dir, 'my.config.ts'), why: 'remembered' });
    // Each data directory remembers its own.
    expect(chooseConfig({ data: 'other' }, dir).why).toBe('here');
    expect(chooseConfig({ config: 'b.ts' }, dir)).toEqual({ file: join(dir, 'b.ts'), why: 'named' });
  });

  it('forgets one that is gone, and takes a spoilt note for none', () => {
    const dir = newDir();
    writeFileSync(join(dir, 'my.config.ts'), '');
    rememberConfig(join(dir, '.errand'), join(dir, 'my.config.ts'));
    rmSync(join(dir, 'my.config.ts'));
    // And says so: nobody must take the sample for what they wrote.
    expect(chooseConfig({}, dir)).toEqual({ file: SAMPLE_CONFIG, why: 'sample', gone: join(dir, 'my.config.ts') });
    mkdirSync(join(dir, 'b'));
    writeFileSync(join(dir, 'b/config.json'), '{');
    expect(chooseConfig({ data: 'b' }, dir).why).toBe('sample');
  });
});

describe('the options of npm start', () => {
  it('are as they were, and have a way back to the sample', () => {
    const usual = { port: 8_787, data: '.errand', demo: true, once: false, json: false, help: false };
    expect(parseStartOptions([])).toEqual({ ...usual, config: undefined, sample: false });
    expect(parseStartOptions(['--sample']).sample).toBe(true);
    expect(() => parseStartOptions(['--sample', '--config', 'a.ts'])).toThrow('Use one of them.');
  });
});
