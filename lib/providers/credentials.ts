import { z } from 'zod';

/**
 * A key as it goes into a header. Control characters and spaces are refused here, because what a broken header value
 * does later is to appear whole in an error message.
 */
export const apiKeySchema = z
  .string('expected the key as text')
  .min(1, 'is empty')
  .max(4_096, 'is longer than 4096 characters')
  .regex(/^[\x21-\x7e]*$/, 'contains a space, a line break or a character outside ASCII');
