/** What will happen, said before somebody does it. Pure. */
import { isGood, type Status } from '../../domain/status.ts';
import { platformName } from './platform-names.ts';

export interface ActedOn {
  readonly status: Status;
  readonly provider: string;
  readonly flowId: string;
  readonly remoteId?: string | undefined;
  readonly businessKey?: string | undefined;
}

export function cancelWords({ status, provider, remoteId }: ActedOn): readonly string[] {
  const platform = platformName(provider);
  if (status === 'ACCEPTED' || status === 'COOLING_OFF')
    return [`Nothing of it runs at ${platform} now. It ends at once as canceled, and nothing is started any more.`];
  const job = remoteId === undefined ? 'the job' : `job ${remoteId}`;
  const first =
    status === 'STARTING'
      ? 'A start is under way. Errand waits for what comes of it, so that no job is left behind unseen.'
      : `Errand looks at ${job} once more. Has it ended meanwhile, its result stands and nothing is canceled.`;
  return [
    first,
    `Otherwise Errand asks ${platform} to stop it, and the run ends as canceled. What the job has done by then is not undone.`,
    'The run then shows whether the platform confirmed it, left it open, or has no way to cancel; in that case the job goes on there, and nobody looks at it any more.',
  ];
}

export function rerunWords({ status, flowId, provider, businessKey }: ActedOn): readonly string[] {
  const key =
    businessKey === undefined ? 'the same parameters' : `the same parameters and business key (${businessKey})`;
  return [
    `A new run of ${flowId} begins now, with ${key}. This one stays as it is, and the new one leads back to it.`,
    isGood(status)
      ? `This run did its job at ${platformName(provider)}: it is done a second time.`
      : `What this run has done at ${platformName(provider)} is not undone, and may be done a second time.`,
  ];
}
