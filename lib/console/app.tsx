import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { Redirect, Route, Router, Switch } from 'wouter';
import { useKey } from './api/session.ts';
import { RunsPage } from './pages/runs/runs-page.tsx';
import { SignInPage } from './pages/sign-in/sign-in-page.tsx';
import { Shell } from './shell.tsx';
import { Empty } from './ui/empty.tsx';
import { Loading } from './ui/loading.tsx';

// The list is what people come for; everything else is loaded when it is gone to.
const RunPage = lazy(async () => ({ default: (await import('./pages/run/run-page.tsx')).RunPage }));
const FlowsPage = lazy(async () => ({ default: (await import('./pages/flows/flows-page.tsx')).FlowsPage }));
const FlowPage = lazy(async () => ({ default: (await import('./pages/flow/flow-page.tsx')).FlowPage }));
const ConnectionsPage = lazy(async () => ({
  default: (await import('./pages/connections/connections-page.tsx')).ConnectionsPage,
}));
const FalloutPage = lazy(async () => ({ default: (await import('./pages/fallout/fallout-page.tsx')).FalloutPage }));

export function App() {
  const key = useKey();
  const queryClient = useQueryClient();
  useEffect(() => {
    // The next key may see less.
    if (key === undefined) queryClient.clear();
  }, [key, queryClient]);
  if (key === undefined) return <SignInPage />;
  return (
    <Router base="/console">
      <Shell>
        <Suspense fallback={<Loading label="Loading the page" />}>
          <Switch>
            <Route path="/">
              <Redirect to="/runs" replace />
            </Route>
            <Route path="/runs" component={RunsPage} />
            <Route path="/runs/:runId">{({ runId }) => <RunPage key={runId} runId={runId} />}</Route>
            <Route path="/flows" component={FlowsPage} />
            <Route path="/flows/:flowId">{({ flowId }) => <FlowPage key={flowId} flowId={flowId} />}</Route>
            <Route path="/connections" component={ConnectionsPage} />
            <Route path="/fallout" component={FalloutPage} />
            <Route>
              <Empty title="There is no such page">The address may have a typing mistake; the menu leads on.</Empty>
            </Route>
          </Switch>
        </Suspense>
      </Shell>
    </Router>
  );
}
