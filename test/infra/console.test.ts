import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildConsole, shipConsole } from '../../infra/console.ts';
import { createConsoleFiles } from '../../lib/aws/console-files.ts';
import { inTemporaryDir } from './assembly.ts';

const MAX_KB = 250;

const built = buildConsole();
const ending = async (suffix: string) => (await built).filter(({ name }) => name.endsWith(suffix));
const textOf = async (suffix: string) =>
  (await ending(suffix)).map(({ content }) => Buffer.from(content).toString()).join('\n');

describe('the built page', () => {
  it(`is at most ${MAX_KB} KB of scripts and styles as they travel, all pages together`, async () => {
    const files = [...(await ending('.js')), ...(await ending('.css'))];
    const bytes = files.reduce((sum, { content }) => sum + gzipSync(content, { level: 9 }).length, 0);
    expect(files.length).toBeGreaterThan(1);
    expect(bytes).toBeLessThanOrEqual(MAX_KB * 1_024);
  });

  it('holds nothing inline, which its policy would refuse', async () => {
    const html = await textOf('index.html');
    expect(html.match(/<script[^>]*>/g)).toEqual([expect.stringContaining('src="/console/assets/')]);
    expect(html).not.toMatch(/<style|style=|javascript:|\son\w+=/);
    expect(await textOf('.css')).not.toMatch(/url\(["']?(data:|https?:)/);
  });

  it('is made for production, whatever the runner of a test or a shell says', async () => {
    const script = await textOf('.js');
    expect(process.env.NODE_ENV).toBe('test');
    expect(script).not.toMatch(/You might need to use a local HTTP server|react-dom-client\.development/);
    expect((await ending('.map')).length).toBe(0);
  });

  it('holds no schema library: of the API it takes types alone', async () => {
    expect(await textOf('.js')).not.toMatch(/ZodError|ZodType/);
  });

  it('names its parts after their content, but for the page itself', async () => {
    const names = (await built).map(({ name }) => name);
    expect(names.filter((name) => !/^assets\/[\w-]+-[\w-]{8}\.\w+$/.test(name))).toEqual(['index.html']);
  });
});

describe('the shipped page', () => {
  it('is read back as it was built', async () => {
    await inTemporaryDir(async (dir) => {
      await shipConsole(dir, await built);
      const files = createConsoleFiles(pathToFileURL(`${join(dir, 'console')}/`));
      for (const { name, content } of await built) {
        const found = await files.find(name);
        const bytes = found?.bytes ?? new Uint8Array();
        expect(Buffer.from(content).equals(found?.isGzipped ? gunzipSync(bytes) : bytes), name).toBe(true);
        expect(found?.isImmutable).toBe(name !== 'index.html');
      }
    });
  });

  it('is stored compressed where that is worth it, so that no function compresses', async () => {
    await inTemporaryDir(async (dir) => {
      await shipConsole(dir, [
        { name: 'a.svg', content: Buffer.from('<svg/>') },
        { name: 'b.png', content: Buffer.from('png') },
      ]);
      expect(gunzipSync(await readFile(join(dir, 'console', 'a.svg'))).toString()).toBe('<svg/>');
      expect(await readFile(join(dir, 'console', 'b.png'), 'utf8')).toBe('png');
    });
  });

  it('has no file of a kind that is not known, which would be served as who knows what', async () => {
    await inTemporaryDir(async (dir) => {
      const content = Buffer.from('x');
      await expect(shipConsole(dir, [{ name: 'a.exe', content }])).rejects.toThrow('a.exe');
    });
  });

  it('changes its tag with its content', async () => {
    await inTemporaryDir(async (dir) => {
      const tagOf = async (text: string) => {
        await shipConsole(dir, [{ name: 'a.json', content: Buffer.from(text) }]);
        return JSON.parse(await readFile(join(dir, 'console', 'manifest.json'), 'utf8'))['a.json'].etag;
      };
      expect(await tagOf('1')).toBe(await tagOf('1'));
      expect(await tagOf('1')).not.toBe(await tagOf('2'));
    });
  });

  it('stops the build where the sources are broken', async () => {
    await inTemporaryDir(async (root) => {
      await writeFile(join(root, 'index.html'), '<script type="module" src="./none.ts"></script>');
      await expect(buildConsole({ root })).rejects.toThrow('none.ts');
    });
  });
});
