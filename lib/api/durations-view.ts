/** How long the runs of a flow took, one by one, and when the next would be looked at. */
import type { Flow } from '../domain/config.ts';
import type { Json } from '../domain/json.ts';
import { usualOf } from '../polling/flow-history.ts';
import { planLooks } from '../polling/plan-looks.ts';
import { historyKeyBy } from '../workflow/flow-learning.ts';
import type { Dependencies } from '../workflow/ports.ts';
import { ProblemError } from './problem.ts';

/**
 * @param text of the query: JSON of the parameter on which the duration depends; absent: of runs without it.
 * @throws ProblemError for what is no JSON, and for flows without such a parameter; StoreUnavailableError
 */
export async function durationsView(
  { histories }: Pick<Dependencies, 'histories'>,
  flowId: string,
  { connection, looks }: Flow,
  text: string | undefined,
) {
  const { historyBy, noticeWithin } = looks;
  const history = await histories.get(historyKeyBy(flowId, connection, historyBy, parameterOf(text, historyBy)));
  const durationsMs = (history?.durationsMs ?? []).map(Math.round).sort((a, b) => a - b);
  const plan = planLooks(history, noticeWithin);
  const { runs: _, ...quantiles } = usualOf(history) ?? { runs: 0 };
  return {
    durationsMs,
    runs: durationsMs.length,
    ...quantiles,
    plannedLooksMs: (plan?.atSeconds ?? []).map((seconds) => seconds * 1_000),
    ...(historyBy === undefined ? {} : { historyBy }),
  };
}

function parameterOf(text: string | undefined, historyBy: string | undefined): Json | undefined {
  if (text === undefined) return undefined;
  if (historyBy === undefined) throw refused('durations of this flow depend on no parameter; leave it out');
  try {
    return JSON.parse(text);
  } catch {
    throw refused(`expected the JSON of "${historyBy}": a text in double quotes, a number, true or false`);
  }
}

function refused(message: string): ProblemError {
  return new ProblemError('INVALID_REQUEST', { issues: [{ path: 'value', message }] });
}
