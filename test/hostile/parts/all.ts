import { configPart } from './config.ts';
import { documentsPart } from './documents.ts';
import { headersPart } from './headers.ts';
import { messagesPart } from './messages.ts';
import type { Part } from './part.ts';
import { repliesPart } from './replies.ts';
import { addressesPart, keysPart, redactionPart, timesPart } from './small.ts';
import { wordsPart } from './words.ts';

/** Every door, the busiest first. */
export const PARTS: readonly Part[] = [
  repliesPart,
  documentsPart,
  headersPart,
  wordsPart,
  configPart,
  messagesPart,
  keysPart,
  addressesPart,
  timesPart,
  redactionPart,
];
