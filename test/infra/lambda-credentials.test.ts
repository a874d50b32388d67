import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { lambdaCredentials } from '../../infra/lambda-credentials-plugin.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The provider as it is bundled; `env` is what the process would have. */
async function providerWith(env: Readonly<Record<string, string>>): Promise<() => Promise<Credentials>> {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export { defaultProvider } from "@aws-sdk/credential-provider-node";',
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'esm',
    write: false,
    plugins: [lambdaCredentials()],
    define: { 'process.env': JSON.stringify(env) },
  });
  const code = Buffer.from(outputFiles[0]?.text ?? '').toString('base64');
  const { defaultProvider } = await import(`data:text/javascript;base64,${code}`);
  return defaultProvider();
}

describe('the credentials of a bundled function', () => {
  it('are those that Lambda gives the process', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
    const credentials = await (await providerWith(env))();
    expect(credentials).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' });
  });

  it('may do without a session token, as on the laptop', async () => {
    const credentials = await (await providerWith({ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' }))();
    expect(credentials).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret' });
  });

  it('are named when they are missing, under the name by which the SDK knows the failure', async () => {
    await expect((await providerWith({}))()).rejects.toMatchObject({
      name: 'CredentialsProviderError',
      message: expect.stringContaining('AWS_ACCESS_KEY_ID'),
    });
  });
});
