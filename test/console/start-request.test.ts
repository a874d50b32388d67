import { describe, expect, it } from 'vitest';
import { isInDoubt, startBody } from '../../lib/console/model/start-request.ts';
import { startBodySchema } from '../../lib/domain/start-body.ts';

const NOTHING = { body: '', businessKey: ' ' };

describe('the start that a form asks for', () => {
  it('carries the parameters, and a business key only where one was entered', () => {
    expect(startBody({}, { customer: 'Acme' }, NOTHING)).toEqual({ parameters: { customer: 'Acme' } });
    expect(startBody({}, {}, { body: '', businessKey: ' A-1 ' })).toEqual({ parameters: {}, businessKey: 'A-1' });
  });

  it('carries the body and no parameters for a flow that takes the platform’s own', () => {
    const body = startBody({ rawBody: true }, {}, { body: '<Offer/>', businessKey: '' });
    expect(body).toEqual({ body: '<Offer/>' });
  });

  it('is a body that the API takes', () => {
    expect(startBodySchema.safeParse(startBody({ rawBody: true }, {}, { body: 'x', businessKey: 'k' })).success).toBe(
      true,
    );
    expect(startBodySchema.safeParse(startBody({}, { a: 1 }, NOTHING)).success).toBe(true);
  });
});

describe('a start without an answer', () => {
  const withStatus = (status: number) => Object.assign(new Error('no'), { status });

  it('is in doubt where nobody answered, or something broke on the way', () => {
    expect(isInDoubt(withStatus(0))).toBe(true);
    expect(isInDoubt(withStatus(503))).toBe(true);
    expect(isInDoubt(new Error('the page could not read the answer'))).toBe(true);
  });

  it('is not in doubt where it was refused, or none was sent', () => {
    expect(isInDoubt(withStatus(400))).toBe(false);
    expect(isInDoubt(withStatus(429))).toBe(false);
    expect(isInDoubt(null)).toBe(false);
  });
});
