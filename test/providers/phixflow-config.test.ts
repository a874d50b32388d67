import { describe, expect, it } from 'vitest';
import { flowSchema } from '../../lib/domain/config.ts';
import type { JsonObject } from '../../lib/domain/json.ts';
import { phixflow } from '../../lib/providers/phixflow.ts';

describe('mistakes in a phixflow flow', () => {
  function issues(target: JsonObject, flow: JsonObject = {}, settings: JsonObject = {}) {
    const parsedFlow = flowSchema.parse({ connection: 'c', target: {}, ...flow });
    const parsedTarget = phixflow.target.parse({ application: 'App', endpoint: 'E', mode: 'sync', ...target });
    return phixflow.checkFlow?.(parsedFlow, phixflow.settings.parse(settings), parsedTarget).map(({ path }) => path);
  }
  const secret = { parameters: { pin: { type: 'text', sensitive: true } } };

  it('finds none in a plain flow', () => {
    expect(issues({}, secret)).toEqual([]);
  });

  it('names a sensitive parameter that would go into the URL', () => {
    expect(issues({ method: 'GET' }, secret)).toEqual(['parameters.pin']);
    expect(issues({ queryParameters: ['pin'] }, secret)).toEqual(['parameters.pin']);
  });

  it.each(['timeout', 'body', 'contentType', 'headers', 'url'])('names the reserved query name %s', (apiName) => {
    const flow = { parameters: { mine: { type: 'text', apiName } } };
    expect(issues({ method: 'GET' }, flow)).toEqual(['parameters.mine']);
    expect(issues({}, flow)).toEqual([]);
  });

  it('names what the URLs of a version cannot say', () => {
    const { urlStyle: _, ...v10 } = { urlStyle: 'v10', application: 'App' };
    expect(issues(v10, {}, { urlStyle: 'v10' })).toEqual(['target.application']);
    const target = phixflow.target.parse({ endpoint: 'E', mode: 'async', method: 'GET' });
    const flow = flowSchema.parse({ connection: 'c', target: {} });
    const found = phixflow.checkFlow?.(flow, phixflow.settings.parse({ urlStyle: 'v10' }), target);
    expect(found?.map(({ path }) => path)).toEqual(['target.method', 'target.mode']);
    const v11 = phixflow.checkFlow?.(flow, phixflow.settings.parse({}), target);
    expect(v11?.map(({ path }) => path)).toEqual(['target.application']);
  });

  it('names the application that the status URL needs', () => {
    const settings = phixflow.settings.parse({
      urlStyle: 'alias',
      pollUrlTemplate: '{base}/{application}/{processId}',
    });
    const target = phixflow.target.parse({ endpoint: 'alias', mode: 'async' });
    const flow = flowSchema.parse({ connection: 'c', target: {} });
    expect(phixflow.checkFlow?.(flow, settings, target).map(({ path }) => path)).toEqual(['target.application']);
  });

  it('names a raw body that a GET cannot carry, and a query name that no parameter has', () => {
    expect(issues({ method: 'GET' }, { rawBody: true })).toEqual(['rawBody']);
    expect(issues({ queryParameters: ['x'] })).toEqual(['target.queryParameters']);
  });

  it('asks an idempotent endpoint for the parameter by which it recognises a repeat', () => {
    expect(issues({ settings: { endpointIdempotent: true } })).toEqual(['correlationParameter']);
    const flow = { parameters: { mark: { type: 'text' } }, correlationParameter: 'mark' };
    expect(issues({ settings: { endpointIdempotent: true } }, flow)).toEqual([]);
  });

  it('refuses unknown settings, and headers that the request needs for itself', () => {
    expect(phixflow.settings.safeParse({ nonsense: 1 }).success).toBe(false);
    expect(phixflow.settings.safeParse({ headerName: 'Host' }).success).toBe(false);
    expect(phixflow.target.safeParse({ endpoint: 'E', mode: 'later' }).success).toBe(false);
    expect(phixflow.target.safeParse({ endpoint: '..', mode: 'sync' }).success).toBe(false);
  });
});
