/** What hostile inputs are made of. */
import type { Random } from './part.ts';

export function whole(random: Random, below: number): number {
  return Math.floor(random() * below);
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[whole(random, items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

const TEXTS: readonly string[] = [
  ...[
    '',
    ' ',
    '\0',
    '\ud800',
    '\udfff',
    '\ufeff',
    '\u2028',
    '\u202e',
    '🦊',
    'ä',
    '字',
    '\r\n',
    '\t',
    '%00',
    '%2e%2e',
    '..',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'then',
    'length',
    'null',
    'true',
  ],
  ...[
    '<x>',
    '&amp;',
    '"',
    "'",
    '\\',
    '`',
    '$&',
    '{{x}}',
    '[object Object]',
    'NaN',
    '1e400',
    '-0',
    '../../x',
    '/',
    '//',
  ],
  ...['canary-value', 'errand', 'x'.repeat(300), '9'.repeat(40), '{"a":1}', '[]', '2026-02-30', '25:61', 'a@b', '5m'],
];

/** Mostly short, mostly odd. */
export function text(random: Random): string {
  const chance = random();
  if (chance < 0.5) return pick(random, TEXTS);
  if (chance < 0.6) return text(random) + text(random);
  const unit = chance < 0.8 ? 0x7f : chance < 0.95 ? 0x3000 : 0x10000;
  return Array.from({ length: whole(random, 12) }, () => String.fromCharCode(whole(random, unit))).join('');
}

const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '7',
  '0.1',
  '1e3',
  '1e21',
  '1e400',
  '-1e400',
  '1e-400',
  '9007199254740993',
] as const;

/** JSON, valid, as text. */
export function json(random: Random, depth = 0): string {
  const chance = random();
  if (depth > 4 || chance < 0.25) return JSON.stringify(text(random));
  if (chance < 0.45) return random() < 0.5 ? pick(random, NUMBERS) : String(whole(random, 1e9) - 5e8);
  if (chance < 0.55) return pick(random, ['null', 'true', 'false', '{}', '[]', '""']);
  if (chance < 0.57) return nested(random);
  const items = Array.from({ length: whole(random, 4) }, () => json(random, depth + 1));
  if (chance < 0.75) return `[${items.join(',')}]`;
  return `{${items.map((item) => `${JSON.stringify(text(random))}:${item}`).join(',')}}`;
}

function nested(random: Random): string {
  const depth = pick(random, [10, 40, 100, 255, 300, 1_000, 3_000]);
  return random() < 0.5 ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

const VALUE = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null/g;

/** Puts something else in the place of one or two of the values and names of a JSON text. */
export function otherValues(random: Random, good: string): string {
  const places = [...good.matchAll(VALUE)];
  if (places.length === 0) return good;
  const { 0: found, index = 0 } = pick(random, places);
  const isName = /^\s*:/.test(good.slice(index + found.length));
  const other = isName ? JSON.stringify(text(random)) : json(random, 2);
  const changed = good.slice(0, index) + other + good.slice(index + found.length);
  return random() < 0.3 ? otherValues(random, changed) : changed;
}

const PIECES = [
  '\0',
  '"',
  ',',
  '{',
  '}',
  '[',
  ']',
  ':',
  '\\',
  '<',
  '>',
  '&',
  '/',
  '-',
  '0',
  'e',
  '\u2028',
  '\ufeff',
  '\ud800',
];

/** Loses, doubles, swaps or puts in a piece of a text, once or a few times. */
export function otherText(random: Random, good: string): string {
  const at = whole(random, good.length + 1);
  const length = random() < 0.7 ? 1 : whole(random, 30);
  const ways = [
    () => good.slice(0, at) + good.slice(at + length),
    () => good.slice(0, at),
    () => good.slice(at),
    () => good.slice(0, at + length) + good.slice(at),
    () => good.slice(0, at) + pick(random, PIECES) + good.slice(at),
    () => good.slice(0, at) + pick(random, PIECES).repeat(whole(random, 50)) + good.slice(at + length),
    () => good.slice(0, at) + text(random) + good.slice(at + length),
  ];
  const changed = pick(random, ways)();
  return random() < 0.4 ? otherText(random, changed) : changed;
}
