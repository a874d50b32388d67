import type { z } from 'zod';
import type { Issue } from './errors.ts';

export interface IssueOptions {
  /** Path of what was parsed. */
  readonly prefix?: readonly string[];
  /** What a mistake without a path is about: `(whole file)`, `(body)`. */
  readonly whole: string;
}

/** zod's issues with the path as a user would write it; an unknown field is an issue of its own. */
export function toIssues(error: z.ZodError, { prefix = [], whole }: IssueOptions): readonly Issue[] {
  return error.issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path.map(String)];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...path, key].join('.') || whole, message: 'unknown field' }));
    // What a name must be is said by the schema of the names.
    if (issue.code === 'invalid_key')
      return [{ path: path.join('.') || whole, message: issue.issues[0]?.message ?? issue.message }];
    return [{ path: path.join('.') || whole, message: issue.message }];
  });
}
