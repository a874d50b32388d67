/** How every client of AWS tries again and gives up: spelled out, because the defaults change with variables and releases. */
export const CLIENT = {
  maxAttempts: 3,
  retryMode: 'standard',
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
} as const;
