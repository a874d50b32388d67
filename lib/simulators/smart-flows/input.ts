/** How the simulated Smart Flows reads the data of a start. */
import type { Json } from '../../domain/json.ts';
import { checkXml, parseXml, type XmlElement } from '../../http/xml.ts';
import type { SmartFlowsScenario } from './scenarios.ts';

export type ReadInput = { readonly inputData: Json } | { readonly refusal: string };

const XML_TYPE = /^application\/xml;\s*charset=(?:"utf-8"|utf-8)$/i;

/** True when the header is the documented one. */
export function isXmlType(contentType: string | undefined): boolean {
  return contentType !== undefined && XML_TYPE.test(contentType);
}

/** The input dataset as the platform keeps it, or why the body is not one. */
export function readInput({ input }: SmartFlowsScenario, body: string): ReadInput {
  if (input === 'none') return body === '' ? { inputData: {} } : { refusal: 'This flow takes no input data.' };
  if (body === '') return { refusal: 'The input data is missing.' };
  const [problem] = checkXml(body);
  if (problem !== undefined) return { refusal: `The input data ${problem}.` };
  const root = parseXml(body);
  const inputData = { [root.name]: toJson(root) };
  if (input === 'any') return { inputData };
  if (root.name !== input.rootElement) return { refusal: `The root element is not ${input.rootElement}.` };
  const missing = input.required.find((name) => !root.children.some((child) => child.name === name));
  return missing === undefined ? { inputData } : { refusal: `The element ${missing} is missing.` };
}

function toJson({ attributes, children, text }: XmlElement): Json {
  const named = Object.entries(attributes).map(([name, value]): [string, Json] => [`@${name}`, value]);
  if (children.length === 0 && named.length === 0) return text;
  const names = [...new Set(children.map(({ name }) => name))];
  const members = names.map((name): [string, Json] => {
    const values = children.filter((child) => child.name === name).map(toJson);
    return [name, values.length === 1 ? (values[0] ?? null) : values];
  });
  const own: [string, Json][] = text.trim() === '' ? [] : [['#text', text]];
  return Object.fromEntries([...named, ...members, ...own]);
}
