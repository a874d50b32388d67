import type { Route } from './route.ts';
import { connectionRoutes } from './routes/connections.ts';
import { documentRoutes } from './routes/documents.ts';
import { flowRoutes } from './routes/flows.ts';
import { keyRoutes } from './routes/keys.ts';
import { outputRoutes } from './routes/outputs.ts';
import { runActionRoutes } from './routes/run-actions.ts';
import { runRoutes } from './routes/runs.ts';

/** Every call of the API, version 1. What is not in here does not exist. */
export const ROUTES: readonly Route[] = [
  ...runRoutes,
  ...runActionRoutes,
  ...outputRoutes,
  ...flowRoutes,
  ...connectionRoutes,
  ...keyRoutes,
  ...documentRoutes(() => ROUTES),
];
