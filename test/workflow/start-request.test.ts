import { describe, expect, it } from 'vitest';
import type { StartRequest } from '../../lib/providers/provider.ts';
import { testConfig } from '../helpers/world.ts';
import { ACCEPTED, at, startWorld } from './start-world.ts';

const MINUTE = 60_000;

describe('what is sent to start', () => {
  const sentWith = async (flow: object, parameters: Readonly<Record<string, string>>, rawBody?: string) => {
    const sent: StartRequest[] = [];
    const start = async (request: StartRequest) => {
      sent.push(request);
      return ACCEPTED;
    };
    const of = await startWorld({ start }, { attempt: 2, deadline: at(MINUTE) }, { config: testConfig(flow) });
    Object.assign(of.world.dependencies.vault, {
      open: async () => ({ parameters, sensitive: [], ...(rawBody !== undefined && { rawBody }) }),
    });
    await of.start();
    return { of, request: sent[0] };
  };
  const withReference = {
    parameters: {
      name: { type: 'text', apiName: 'employee_name' },
      ref: { type: 'text', required: false },
      email: { type: 'email', required: false },
    },
    correlationParameter: 'ref',
  };

  it('has the names of the platform, what the attempt is found by, and the time that is left', async () => {
    const { of, request } = await sentWith({}, { name: 'Jane' });
    expect(request).toStrictEqual({
      runId: of.id,
      attempt: 2,
      correlation: `${of.id}-2`,
      parameters: { employee_name: 'Jane' },
      remainingMs: MINUTE,
    });
  });

  it('carries that in a parameter where the flow names one, unless the caller has given it', async () => {
    const { of, request } = await sentWith(withReference, { name: 'Jane' });
    expect(request?.parameters).toEqual({ employee_name: 'Jane', ref: `${of.id}-2` });
    const given = await sentWith(withReference, { ref: 'mine' });
    expect(given.request?.parameters).toEqual({ ref: 'mine' });
  });

  it('is the body as it was given, where the flow takes one', async () => {
    const { request } = await sentWith({}, {}, '<a/>');
    expect(request).toMatchObject({ rawBody: '<a/>', parameters: {} });
  });
});
