import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { eventDocuments } from '../../lib/cli/event-docs.ts';
import { NEWS } from '../../lib/contract.ts';
import { runEventDetail } from '../../lib/domain/event-detail.ts';
import { signEvent } from '../../lib/domain/event-signature.ts';
import { newRun } from '../helpers/runs.ts';

const DIRECTORY = join(import.meta.dirname, '../../docs/events');

describe('the schemas in docs/events', () => {
  it('are what the code sends: run "npm run docs:events" when this fails', () => {
    const written = readdirSync(DIRECTORY).filter((name) => name.endsWith('.schema.json'));
    const found = written.map((name) => [name, JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8'))]);
    expect(Object.fromEntries(found)).toEqual(JSON.parse(JSON.stringify(eventDocuments())));
    expect(written).toHaveLength(Object.keys(NEWS).length);
  });

  it('accept an event, also with a field that is newer than they are, and refuse one that lacks something', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const validate = ajv.compile(eventDocuments()['run-accepted.schema.json'] ?? false);
    const signed = signEvent('key', runEventDetail(NEWS.accepted, newRun()), 0);
    expect(validate(signed), ajv.errorsText(validate.errors)).toBe(true);
    expect(validate({ ...signed, newer: 1 })).toBe(true);
    const { signature: _, ...unsigned } = signed;
    expect(validate(unsigned)).toBe(false);
    expect(validate({ ...signed, status: 'RUNNING' })).toBe(false);
  });

  it('are explained beside them, each by name', () => {
    const text = readFileSync(join(DIRECTORY, 'README.md'), 'utf8');
    for (const [name, document] of Object.entries(eventDocuments())) {
      expect(text).toContain(`](${name})`);
      expect(text).toContain((document as { readonly title: string }).title);
    }
  });
});
