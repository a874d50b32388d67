/** Lists of the simulated Smart Flows: sorting, pages, and the filter object. */
import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';

const conditionSchema = z.strictObject({
  key: z.enum(['status', 'createdAt', 'flow', 'id']),
  operator: z.enum(['equals', 'in', 'lessThanOrEqualTo', 'greaterThanOrEqualTo']),
  values: z.array(z.string()).min(1),
});
export const filterSchema = z.strictObject({
  group: z.strictObject({
    type: z.enum(['and', 'or']),
    nodes: z.array(z.strictObject({ id: z.string().optional(), condition: conditionSchema })),
  }),
});
export type Filter = z.output<typeof filterSchema>;

export const pageSchema = z.strictObject({
  page: z.coerce.number().int().min(0).default(0),
  size: z.coerce.number().int().min(1).max(200).default(20),
  sort: z
    .string()
    .regex(/^(createdAt|status|displayName),(asc|desc)$/)
    .default('createdAt,desc'),
  filter: z.string().optional(),
});
export type Page = z.output<typeof pageSchema>;

/** One page of the rows, in order. */
export function pageOf(rows: readonly JsonObject[], { page, size, sort, filter }: Page): readonly JsonObject[] {
  const [key = 'createdAt', direction] = sort.split(',');
  const found = rows.filter((row) => filter === undefined || textsOf(row).some((text) => text.includes(filter)));
  const ascending = found.toSorted((a, b) => String(a[key]).localeCompare(String(b[key])));
  const sorted = direction === 'desc' ? ascending.toReversed() : ascending;
  return sorted.slice(page * size, (page + 1) * size);
}

/** True when the row is what the filter asks for. */
export function matches(row: JsonObject, { group }: Filter): boolean {
  const results = group.nodes.map(({ condition }) => matchesCondition(row, condition));
  return group.type === 'and' ? results.every(Boolean) : results.some(Boolean);
}

function matchesCondition(row: JsonObject, { key, operator, values }: z.output<typeof conditionSchema>): boolean {
  const actual = key === 'flow' ? textsOf(row) : [String(row[key])];
  const [first = ''] = values;
  if (operator === 'lessThanOrEqualTo') return actual.some((text) => text <= first);
  if (operator === 'greaterThanOrEqualTo') return actual.some((text) => text >= first);
  return values.some((value) => actual.includes(value));
}

function textsOf({ status, flow, displayName }: JsonObject): readonly string[] {
  const { id, displayName: flowName } = (flow ?? {}) as JsonObject;
  return [status, displayName, id, flowName].filter((text) => typeof text === 'string');
}
