/** `npm run docs:events`: writes the JSON Schemas of all events into `docs/events`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { EVENT_SCHEMAS } from '../domain/event-schemas.ts';

const DIRECTORY = fileURLToPath(new URL('../../docs/events/', import.meta.url));

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What zod adds and no reader needs: the format says it already, and no number here comes near the limits. */
function tidySchema({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

/** File names in `docs/events` with what is in them: for each detail type the JSON Schema of its detail. */
export function eventDocuments(): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(EVENT_SCHEMAS).map(([type, schema]) => {
      const name = `${type.toLowerCase().replaceAll(' ', '-')}.schema.json`;
      // As input, because a receiver must bear fields that it does not know yet.
      const { $schema, description, ...rest } = z.toJSONSchema(schema, { io: 'input', override: tidySchema });
      return [name, { $schema, title: type, description, ...rest }];
    }),
  );
}

if (import.meta.main) {
  for (const [name, content] of Object.entries(eventDocuments())) {
    writeFileSync(join(DIRECTORY, name), `${JSON.stringify(content, undefined, 2)}\n`);
  }
}
