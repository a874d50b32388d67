import { useRef, useState } from 'react';
import { useLocation } from 'wouter';
import type { JsonObject } from '../../../domain/json.ts';
import { useStart } from '../../api/mutations.ts';
import type { Flow } from '../../api/types.ts';
import { createRequestKeys } from '../../model/request-keys.ts';
import { type Extras, IN_DOUBT, isInDoubt, startBody } from '../../model/start-request.ts';

/** A filled form that starts one run, however often it is sent; then the page goes to that run. */
export function useStartForm(flow: Flow) {
  const start = useStart();
  const [, navigate] = useLocation();
  const keys = useRef(createRequestKeys(() => crypto.randomUUID()));
  const [extras, setExtras] = useState<Extras>({ body: '', businessKey: '' });
  const [isBodyMissing, setBodyMissing] = useState(false);

  function submit(parameters: JsonObject): void {
    const isMissing = flow.rawBody === true && extras.body.trim() === '';
    setBodyMissing(isMissing);
    if (isMissing) return;
    const body = startBody(flow, parameters, extras);
    start.mutate(
      { flowId: flow.id, idempotencyKey: keys.current.keyFor(body), body },
      {
        onSuccess: ({ id }) => {
          keys.current.renew();
          navigate(`/runs/${id}`);
        },
      },
    );
  }

  return { submit, isBusy: start.isPending, refusal: refusalOf(start.error), extras, setExtras, isBodyMissing };
}

/** What to say of a start that did not succeed; of one that may have, that it is safe to repeat. */
function refusalOf(error: Error | null): { readonly title: string; readonly error: Error } | undefined {
  if (error === null) return undefined;
  if (isInDoubt(error)) return { title: 'Errand did not confirm the start.', error: new Error(IN_DOUBT) };
  return { title: 'The run was not started.', error };
}
