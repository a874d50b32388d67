import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { serveHttp } from '../http/servers.ts';
import { temporaryDir } from '../system/instance.ts';
import { errand } from './errand.ts';

const KEY = 'Kb7QmZx2Vw9TfLp4Rs8Ny3Hd';

async function doctor(baseUrl: string, secret: object): Promise<string> {
  const dir = temporaryDir((task) => onTestFinished(task));
  mkdirSync(join(dir, '.errand'));
  const connections = { acme: { provider: 'bryter', baseUrl, secret: 'errand/acme' } };
  const flows = { one: { connection: 'acme', target: { publishedModuleId: 'm1' } } };
  writeFileSync(join(dir, 'a.json'), JSON.stringify({ connections, flows }));
  writeFileSync(join(dir, '.errand/secrets.json'), JSON.stringify({ 'errand/acme': secret }));
  const { stdout, stderr } = await errand(['doctor', '--config', 'a.json', '--json'], { cwd: dir });
  return `${stdout}${stderr}`;
}

it('shows no key that a platform repeats in the address it points to', async () => {
  await using server = await serveHttp((_request, response) =>
    response.writeHead(302, { location: `https://${KEY}.example/login` }).end(),
  );
  const said = await doctor(server.origin, { apiKey: KEY });
  expect(said).toContain('a redirect to ***.example');
  expect(said.toLowerCase()).not.toContain(KEY.toLowerCase());
});

it('shows no key that somebody has put in the place of a name', async () => {
  const said = await doctor('http://127.0.0.1:1', { [KEY]: '' });
  expect(said).toContain('is not what bryter needs');
  expect(said).not.toContain(KEY);
});
