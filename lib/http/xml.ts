/** Strict XML, both ways: what is written is well-formed whatever it is made of, what is read is well-formed or refused. */
import { type SaxesAttributePlain, SaxesParser } from 'saxes';
import { InvalidInputError, type Issue } from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';

/** XML 1.0 `Name` without colons: a prefix could not be declared. */
const NAME =
  /^[A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\u{10000}-\u{effff}][-.0-9A-Z_a-z\u00b7\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u037d\u037f-\u1fff\u200c-\u200d\u203f\u2040\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\u{10000}-\u{effff}]*$/u;
/** Everything but the characters of XML 1.0. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

const MAX_BYTES = 2 * 1_024 * 1_024;
const MAX_DEPTH = 100;
const MAX_NODES = 50_000;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A bare one would be read back as a line feed.
  '\r': '&#13;',
};

/**
 * An XML document with one element per member: lists repeat their element, objects nest, null is an empty element.
 * @throws InvalidInputError for names and characters that XML cannot carry.
 */
export function writeXml(rootName: string, children: JsonObject): string {
  return `<?xml version="1.0" encoding="utf-8"?>${element(rootName, children, rootName, 1)}`;
}

function element(name: string, value: Json, path: string, depth: number): string {
  if (!NAME.test(name)) throw unwritable('the document', 'has a name that cannot be an XML element');
  if (depth > MAX_DEPTH) throw unwritable(path, `is nested deeper than ${MAX_DEPTH} levels`);
  const content = contentOf(value, path, depth);
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

function contentOf(value: Json, path: string, depth: number): string {
  if (value === null) return '';
  if (typeof value === 'string') return escapeText(value, path);
  if (typeof value === 'number' && !Number.isFinite(value)) throw unwritable(path, 'is not a finite number');
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) throw unwritable(path, 'is a list within a list');
  return Object.entries(value)
    .map(([name, member]) => {
      const items: readonly Json[] = Array.isArray(member) ? member : [member as Json];
      return items.map((item) => element(name, item, `${path}.${name}`, depth + 1)).join('');
    })
    .join('');
}

function escapeText(text: string, path: string): string {
  if (FORBIDDEN.test(text)) throw unwritable(path, 'contains a character that XML cannot carry');
  return text.replace(/[&<>"'\r]/g, (character) => ESCAPES[character] ?? '');
}

function unwritable(path: string, message: string): InvalidInputError {
  return new InvalidInputError('The value cannot be written as XML', [{ path, message }]);
}

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own text and CDATA, children's left out. */
  readonly text: string;
}

/** What is wrong with a document; empty when it is well-formed, free of a DOCTYPE and of reasonable size. */
export function checkXml(text: string): readonly string[] {
  const read = readDocument(text);
  return 'problem' in read ? [read.problem] : [];
}

/** @throws InvalidInputError with the problem that `checkXml` finds. */
export function parseXml(text: string): XmlElement {
  const read = readDocument(text);
  if ('root' in read) return read.root;
  const issue: Issue = { path: 'xml', message: read.problem };
  throw new InvalidInputError('The document cannot be read', [issue]);
}

interface OpenElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

/** Ends the parse at the first problem, whose text is ours. */
class XmlProblem extends Error {
  override readonly name = 'XmlProblem';
}

function readDocument(text: string): { readonly root: XmlElement } | { readonly problem: string } {
  const early = refuseUnread(text);
  if (early !== undefined) return { problem: early };
  try {
    return { root: readElements(text) };
  } catch (error) {
    if (error instanceof XmlProblem) return { problem: error.message };
    throw error;
  }
}

function refuseUnread(text: string): string | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return `is larger than ${MAX_BYTES} bytes`;
  // The parser gives up on one with an error of its own.
  if (!text.isWellFormed()) return 'contains half a character';
  // Entities, external files and recursion all begin with a DOCTYPE.
  if (/<!DOCTYPE/i.test(text)) return 'contains a DOCTYPE, which is not accepted';
  return undefined;
}

function readElements(text: string): XmlElement {
  const parser = new SaxesParser({ position: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let nodes = 0;
  const count = () => {
    nodes += 1;
    if (nodes > MAX_NODES) throw new XmlProblem(`has more than ${MAX_NODES} nodes`);
  };
  const addText = (content: string) => {
    count();
    const current = open.at(-1);
    if (current !== undefined) current.text += content;
  };
  parser.on('error', (error) => {
    throw new XmlProblem(describe(error.message));
  });
  parser.on('xmldecl', ({ encoding = 'utf-8' }) => {
    if (!/^(?:utf-8|us-ascii)$/i.test(encoding)) throw new XmlProblem('declares an encoding other than utf-8');
  });
  parser.on('attribute', count as (attribute: SaxesAttributePlain) => void);
  parser.on('comment', count);
  parser.on('processinginstruction', count);
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('opentag', ({ name, attributes }) => {
    count();
    if (open.length >= MAX_DEPTH) throw new XmlProblem(`is nested deeper than ${MAX_DEPTH} levels`);
    // The parser's own object has no prototype, so any name is just a name.
    open.push({ name, attributes: attributes as Record<string, string>, children: [], text: '' });
  });
  parser.on('closetag', () => {
    const closed = open.pop();
    if (closed === undefined) return;
    const parent = open.at(-1);
    if (parent === undefined) root = closed;
    else parent.children.push(closed);
  });
  parser.write(text).close();
  if (root === undefined) throw new XmlProblem('has no element');
  return root;
}

/** The parser's position and words, without what it quotes from the document. */
function describe(message: string): string {
  const match = /^(?:.*?)(\d+):(\d+): ([^:."'<>]*)/.exec(message);
  if (match === null) return 'is not well-formed';
  return `line ${match[1]}, column ${match[2]}: ${match[3]?.trim()}`;
}
