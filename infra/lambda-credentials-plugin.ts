import type { Plugin } from 'esbuild';

/**
 * What remains of the SDK's credential chain: Lambda hands a role's temporary keys to the process in three variables and
 * starts a new process for new ones. Read at call time, so that a process that outlives its keys sees fresh ones.
 */
const SOURCE = `
export const defaultProvider = () => async () => {
  const accessKeyId = process.env.AWS_ACCESS_KEY_ID;
  const secretAccessKey = process.env.AWS_SECRET_ACCESS_KEY;
  if (!accessKeyId || !secretAccessKey) {
    throw Object.assign(new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set.'), {
      name: 'CredentialsProviderError',
    });
  }
  const sessionToken = process.env.AWS_SESSION_TOKEN;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
};
`;

/**
 * Leaves single sign-on, profile files, instance metadata, token exchange and the clients they need out of a bundle: a
 * Lambda function never uses them, and they are a third of its code.
 */
export function lambdaCredentials(): Plugin {
  return {
    name: 'lambda-credentials',
    setup(build) {
      build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({
        path,
        namespace: 'lambda-credentials',
      }));
      build.onLoad({ filter: /.*/, namespace: 'lambda-credentials' }, () => ({ contents: SOURCE, loader: 'js' }));
    },
  };
}
