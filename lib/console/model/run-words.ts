/** Small facts of a run in words. Pure. */

const UNITS = ['bytes', 'KB', 'MB', 'GB'] as const;

/** 1_234 as `1.2 KB`. */
export function bytesWords(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1_000 && unit < UNITS.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(size < 10 ? 1 : 0)} ${bytes === 1 ? 'byte' : UNITS[unit]}`;
}

/** Dollars as cents, to two digits that matter. */
export function centsWords(dollars: number): string {
  const cents = dollars * 100;
  if (cents <= 0) return '0 cents';
  if (cents < 0.001) return 'less than 0.001 cents';
  return `${cents >= 100 ? Math.round(cents) : Number(cents.toPrecision(2))} cents`;
}

export const TRIGGER_WORDS: Readonly<Record<string, string>> = {
  api: 'a call of the API',
  queue: 'a message in the queue',
  schedule: 'its schedule',
  console: 'a person, in Step Functions',
  rerun: 'a person, as a rerun',
};

/** A link that a platform gave: only ever a page, never a script. */
export function safeUrl(url: string | undefined): string | undefined {
  return url !== undefined && /^https?:\/\//i.test(url) ? url : undefined;
}
