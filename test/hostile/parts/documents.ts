/** XML as others might send it, and as we write it of what others send. */
import type { JsonObject } from '../../../lib/domain/json.ts';
import { parseXml, writeXml, type XmlElement } from '../../../lib/http/xml.ts';
import { READ, REFUSED } from '../xml-corpus.ts';
import { json, otherText, pick, text } from './material.ts';
import { type Part, promise, type Random, refusal } from './part.ts';

const corpus = [...Object.values(REFUSED), ...Object.values(READ).map(([document]) => document)].filter(
  (document) => document.length < 2_000,
);
const GOOD = [
  '<?xml version="1.0" encoding="UTF-8"?>\n<run id="7" kind="a"><status>Success</status><parts><part>1</part><part/></parts></run>',
  '<s:Envelope xmlns:s="urn:s"><!-- c --><s:Body a="&quot;"><![CDATA[<x>]]>&#65;&#x42;<?p q?></s:Body></s:Envelope>',
];
const TOKENS = [
  '<a>',
  '</a>',
  '<b/>',
  '<a b="1">',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<?x',
  '?>',
  '&amp;',
  '&#65;',
  '&#x',
  ';',
];

export const documentsPart: Part = {
  name: 'xml',
  share: 1,
  make(random) {
    const chance = random();
    if (chance < 0.2) return `w${json(random)}`;
    if (chance < 0.6) return `r${otherText(random, pick(random, GOOD))}`;
    if (chance < 0.8) return `r${otherText(random, pick(random, corpus))}`;
    return `r${tokens(random)}`;
  },
  check(input) {
    if (input.startsWith('w')) checkWriting(input.slice(1));
    else checkReading(input.slice(1));
  },
};

function tokens(random: Random): string {
  const length = Math.floor(random() * 40);
  return Array.from({ length }, () => (random() < 0.8 ? pick(random, TOKENS) : text(random))).join('');
}

function checkReading(document: string): void {
  let root: XmlElement | undefined;
  const refused = refusal(() => {
    root = parseXml(document);
  }, ['InvalidInputError']);
  if (refused !== undefined) {
    promise(!refused.message.includes('canary'), 'a refusal quotes nothing');
    return;
  }
  promise(!/<!doctype/i.test(document), 'no DOCTYPE is read');
  promise(root !== undefined && depthOf(root) <= 100, 'no document is deep');
  promise(document.includes('<') && document.includes('>'), 'a document has an element');
}

function depthOf({ children }: XmlElement): number {
  return 1 + Math.max(0, ...children.map(depthOf));
}

function checkWriting(body: string): void {
  const value = parsed(body);
  if (typeof value !== 'object' || value === null) return;
  let written = '';
  const refused = refusal(() => {
    written = writeXml('data', value as JsonObject);
  }, ['InvalidInputError']);
  if (refused !== undefined) {
    // Where a value came into the place of a name, the name is told.
    const isName = /canary-value(?:[^"\\]|\\.)*"\s*:/.test(body);
    promise(isName || !refused.message.includes('canary-value'), 'a refusal names no value');
    return;
  }
  promise(parseXml(written).name === 'data', 'what is written can be read');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
