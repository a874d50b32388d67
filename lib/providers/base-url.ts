import { refuseBaseUrl } from '../http/base-url.ts';

/** What the client would say of a base URL that is well-formed, such as the address of a machine's own metadata. */
export function baseUrlProblem(baseUrl: unknown): string | undefined {
  return typeof baseUrl === 'string' ? refuseBaseUrl(baseUrl) : undefined;
}
