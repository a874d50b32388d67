/** Whether the key is good and the flow is there: lists, which start nothing. */
import type { HttpReply } from '../../http/http-client.ts';
import { isSuccess } from '../../http/reply.ts';
import { refusedKey, refusedLogin, requireInOrder, untoldKey } from '../checked.ts';
import type { CallOptions, Checked } from '../provider.ts';
import { API, callLimits, type Wire } from './wire.ts';

const FLOWS = 'List of flows';
const NOT_THE_API = 'and is not a list; check that baseUrl is the origin alone, without /api/v1';
/** A list of one row; an execution in it repeats its input. */
const ONE_ROW = { page: 0, size: 1 };
const LIST_BYTES = 33_554_432;

/** First whether anything may be listed at all, then whether the target's flow has a list. */
export async function checkSmartFlows(wire: Wire, { signal }: CallOptions): Promise<Checked> {
  const { http, settings, target } = wire;
  const list = (path: readonly string[]) =>
    http.send({
      method: 'GET',
      path: [...API, ...path],
      query: ONE_ROW,
      limits: { ...callLimits(settings), maxBytes: LIST_BYTES },
      signal,
    });
  const reply = await list(['flows']).catch((error: unknown) => refusedLogin(error));
  if ('key' in reply) return reply;
  requireInOrder(reply, FLOWS);
  const refused = refusedKey(reply, FLOWS);
  if (refused !== undefined) return refused;
  if (!isSuccess(reply) || !isList(reply)) return untoldKey(FLOWS, `the reply was ${reply.status} ${NOT_THE_API}`);
  const ofFlow = await list(['flows', target.flowId, 'executions']);
  return { key: 'accepted', ...targetOf(ofFlow, target.flowId) };
}

function targetOf(reply: HttpReply, flowId: string): Pick<Checked, 'target' | 'message'> {
  if (isSuccess(reply)) return { target: 'found', message: `${FLOWS}: the key is accepted, and the flow is there` };
  const isMissing = reply.status === 404 || reply.status === 400;
  if (isMissing)
    return {
      target: 'missing',
      message: `There is no flow "${flowId}" for this key (status ${reply.status}); check target.flowId`,
    };
  return { message: `${FLOWS}: the key is accepted; its executions answered ${reply.status}` };
}

function isList({ text }: HttpReply): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}
