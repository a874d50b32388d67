import { isLoopbackHost, refuseAddress } from './addresses.ts';

/** Says why a base URL may not be called, without quoting it; undefined when it may. */
export function refuseBaseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not an absolute URL';
  const url = new URL(text);
  const isLoopback = isLoopbackHost(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) return 'must be https';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password';
  if (url.search !== '' || url.hash !== '') return 'must not contain a query or fragment';
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  return /^[\d.]+$|:/.test(literal) ? refuseAddress(literal, isLoopback) : undefined;
}
