import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { DomainError, HTTP_STATUS } from '../errors/index.js';
import { RateLimited } from '../limits/index.js';
import { asDomainError, problemHeaders, problemOf, TITLES } from './problem.js';

const at = { id: 'req-1', url: '/api/v1/jobs?token=hush' };
const fastify = (code: string, statusCode: number): Error => Object.assign(new Error('x'), { code, statusCode, name: 'FastifyError' });

describe('problems', () => {
  it('an error of ours keeps code, faults and money', () => {
    const error = new DomainError({ kind: 'payment_required', code: 'insufficient_credits', detail: 'Short.', extra: { estimate: '4', available: '1' } });
    expect(problemOf(error, at)).toEqual({
      type: '/api/docs#problem-payment-required',
      title: 'Not enough credits',
      status: 402,
      detail: 'Short.',
      instance: '/api/v1/jobs',
      code: 'insufficient_credits',
      requestId: 'req-1',
      retryable: false,
      estimate: '4',
      available: '1',
    });
  });
  it('what nobody foresaw tells nothing but the request id', () => {
    const problem = problemOf(new Error('password=hush at /srv/secret.ts'), at);
    expect(problem).toMatchObject({ status: 500, code: 'internal_error', requestId: 'req-1', retryable: true });
    expect(JSON.stringify(problem)).not.toMatch(/hush|secret/);
    for (const odd of [null, undefined, 'text', 42, {}]) expect(problemOf(odd, at).status).toBe(500);
  });
  it.each([
    ['FST_ERR_CTP_INVALID_JSON_BODY', 400, 400, 'malformed_json'],
    ['FST_ERR_CTP_EMPTY_JSON_BODY', 400, 400, 'malformed_json'],
    ['FST_ERR_CTP_BODY_TOO_LARGE', 413, 413, 'too_large'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 415, 415, 'unsupported_media_type'],
    ['FST_REQ_FILE_TOO_LARGE', 413, 413, 'too_large'],
    ['FST_SOMETHING_NEW', 431, 400, 'malformed_request'],
  ])('the framework error %s (%i) is answered %i %s', (code, thrown, status, ours) => {
    expect(problemOf(fastify(code, thrown), at)).toMatchObject({ status, code: ours });
    expect(problemOf(new HttpException('x', thrown, { cause: fastify(code, thrown) }), at)).toMatchObject({ status, code: ours });
  });
  it('an unknown path is 404 and says where the list is', () =>
    expect(problemOf(new NotFoundException('Cannot GET /x'), at)).toMatchObject({ status: 404, code: 'route_not_found' }));
  it('a parse error without a code is malformed JSON', () =>
    expect(asDomainError(new BadRequestException("Expected ',' in JSON at position 5"))).toMatchObject({ code: 'malformed_json' }));
  it('a lost database is 503 and worth another try', () => {
    expect(problemOf(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), at)).toMatchObject({
      status: 503,
      code: 'database_unavailable',
      retryable: true,
    });
  });
  it('headers say when to come back and how to sign in', () => {
    const state = { policy: 'api', limit: 10, windowMs: 60_000, allowed: false, remaining: 0, resetMs: 59_000, retryAfterMs: 5_100 };
    expect(problemHeaders(new RateLimited(state))).toEqual({ 'retry-after': '6' });
    expect(problemHeaders(new DomainError({ kind: 'unauthenticated', code: 'x', detail: 'x' }))).toHaveProperty('www-authenticate');
  });
  it('every kind has a title', () => expect(Object.keys(TITLES).sort()).toEqual(Object.keys(HTTP_STATUS).sort()));
});
