import { z } from 'zod';
import { component } from './common.ts';

export const connectionSchema = component(
  'Connection',
  z.object({
    id: z.string(),
    provider: z.string(),
    baseUrl: z.string(),
    limits: z.object({ inFlight: z.int().optional(), requestsPerSecond: z.number().optional() }),
  }),
);

export const connectionListSchema = component('ConnectionList', z.object({ items: z.array(connectionSchema) }));
