/** What people do from the page. Each says what is stale afterwards, so that the page shows it at once. */
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { callApi } from './client.ts';
import { KEYS } from './queries.ts';
import type { Connection, Decision, Run } from './types.ts';

export interface StartRequest {
  readonly flowId: string;
  /** Sent again with the same key, a request is one request. */
  readonly idempotencyKey: string;
  readonly body: {
    readonly parameters?: Readonly<Record<string, unknown>>;
    readonly body?: string;
    readonly businessKey?: string;
  };
}

export function useStart() {
  return useChange(
    ({ flowId, idempotencyKey, body }: StartRequest) =>
      callApi<Run>(`/v1/flows/${encodeURIComponent(flowId)}/runs`, {
        method: 'POST',
        body,
        headers: { 'idempotency-key': idempotencyKey },
      }),
    [KEYS.runs],
  );
}

export function useCancel(runId: string) {
  return useRunChange(runId, 'cancel', () => ({}));
}

export function useAnswer(runId: string) {
  return useRunChange(runId, 'input', (values: Readonly<Record<string, unknown>>) => ({ values }));
}

export function useResolve(runId: string) {
  return useRunChange(runId, 'resolve', (decision: Decision) => decision);
}

/** @returns the new run. */
export function useRerun(runId: string) {
  return useChange(
    (idempotencyKey: string) =>
      callApi<Run>(`/v1/runs/${runId}/rerun`, {
        method: 'POST',
        body: {},
        headers: { 'idempotency-key': idempotencyKey },
      }),
    [KEYS.runs],
  );
}

export function usePause(connectionId: string) {
  return useConnectionChange(connectionId, 'pause');
}

export function useResume(connectionId: string) {
  return useConnectionChange(connectionId, 'resume');
}

function useRunChange<Input = void>(runId: string, action: string, bodyOf: (input: Input) => object) {
  return useChange(
    (input: Input) => callApi<Run>(`/v1/runs/${runId}/${action}`, { method: 'POST', body: bodyOf(input) }),
    [KEYS.run(runId), KEYS.runs],
  );
}

function useConnectionChange(id: string, action: 'pause' | 'resume') {
  return useChange(
    (body: { readonly reason?: string }) =>
      callApi<Connection>(`/v1/connections/${encodeURIComponent(id)}/${action}`, { method: 'POST', body }),
    [KEYS.connections],
  );
}

function useChange<Input, Reply>(change: (input: Input) => Promise<Reply>, stale: readonly QueryKey[]) {
  const queryClient = useQueryClient();
  const isUnderWay = useRef(false);
  const mutation = useMutation<Reply, Error, Input>({
    mutationFn: change,
    async onSettled() {
      // Also when it was refused: then the page shows something that is no longer so.
      await Promise.all(stale.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
      isUnderWay.current = false;
    },
  });
  // The second of two quick clicks comes before the button is busy, and what it is told would stand for both.
  const mutate: typeof mutation.mutate = (...call) => {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    mutation.mutate(...call);
  };
  const reset = () => {
    isUnderWay.current = false;
    mutation.reset();
  };
  return { ...mutation, mutate, reset };
}
