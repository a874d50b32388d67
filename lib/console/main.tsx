import './ui/theme.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/client.ts';
import { App } from './app.tsx';
import { applyTheme } from './ui/theme.ts';

applyTheme();

const MAX_RETRIES = 2;
const AGAIN_AFTER_MS = 5_000;
const MAX_RETRY_DELAY_MS = 30_000;

const isRefusal = (error: Error | null) => error instanceof ApiError && error.isRefusal;
/** Asked again at once it would keep people waiting as long again, with old things before their eyes. */
const isTooLate = (error: Error) => error instanceof ApiError && error.code === 'TOO_LATE';
const toldToWaitMs = (error: Error) => (error instanceof ApiError ? error.retryAfterMs : undefined);

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Errand may be on this very machine, which answers without a network.
      networkMode: 'always',
      staleTime: 1_000,
      // What the API has refused it refuses again; what did not answer may answer now.
      retry: (failures, error) => failures < MAX_RETRIES && !isRefusal(error) && !isTooLate(error),
      retryDelay: (failures, error) => toldToWaitMs(error) ?? Math.min(1_000 * 2 ** failures, MAX_RETRY_DELAY_MS),
      // What nobody has answered yet is asked for until somebody does, as the page promises.
      refetchInterval: ({ state: { data, error } }) =>
        data === undefined && error !== null && !isRefusal(error) && AGAIN_AFTER_MS,
    },
    mutations: { networkMode: 'always' },
  },
});

const root = document.getElementById('root');
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
