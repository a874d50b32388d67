/** What a platform's replies ask of whoever comes next, heard in one place for all providers. */
import type { HttpClient } from '../http/http-client.ts';
import { askedToWaitMs } from '../http/reply.ts';
import type { Look, ProviderOptions, ProviderSession } from './provider.ts';

type Connect<Settings, Target> = (options: ProviderOptions<Settings, Target>) => ProviderSession;

/** The same sessions, whose starts and looks carry how long the replies to them asked to wait. */
export function hearing<Settings, Target>(connect: Connect<Settings, Target>): Connect<Settings, Target> {
  return (options) => {
    const { poll, answer, ...session } = connect(options);
    /** Makes one call, and tells the longest wait that any of its replies asked for. */
    const listen = async <Seen>(call: (session: ProviderSession) => Promise<Seen> | undefined) => {
      let retryAfterMs: number | undefined;
      const http = overheard(options.http, (ms) => {
        retryAfterMs = Math.max(ms, retryAfterMs ?? 0);
      });
      const seen = (await call(connect({ ...options, http }))) as Seen;
      return { seen, told: retryAfterMs === undefined ? {} : { retryAfterMs } };
    };
    const look = async (call: (session: ProviderSession) => Promise<Look> | undefined): Promise<Look> => {
      const { seen, told } = await listen(call);
      return 'retryAfterMs' in told ? { ...seen, hints: { ...seen.hints, ...told } } : seen;
    };
    return {
      ...session,
      async start(request, call) {
        const { seen, told } = await listen((session) => session.start(request, call));
        return { ...seen, ...told };
      },
      ...(poll && { poll: (handle, call) => look((session) => session.poll?.(handle, call)) }),
      ...(answer && { answer: (handle, values, call) => look((session) => session.answer?.(handle, values, call)) }),
    };
  };
}

function overheard(http: HttpClient, tell: (ms: number) => void): HttpClient {
  const hear = <Reply extends { header(name: string): string | undefined }>(reply: Reply): Reply => {
    const ms = askedToWaitMs(reply);
    if (ms !== undefined) tell(ms);
    return reply;
  };
  return {
    ...http,
    send: async (request) => hear(await http.send(request)),
    download: async (request) => hear(await http.download(request)),
  };
}
