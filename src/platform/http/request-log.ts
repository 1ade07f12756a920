import type { FastifyInstance } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { newId } from '../ids/index.js';
import { log, runWithLogContext, type Metrics } from '../telemetry/index.js';

/** A caller's own id is taken when it looks like one; it comes back in `x-request-id`, in errors and in every log line. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/.test(given) ? given : newId();
}

/** Asked every few seconds by machines; their lines would drown the rest. */
const QUIET = /^\/(health|metrics)/;

/** Gives each request its id and its log context, and writes one line and one measurement when it ends. */
export function observeRequests(server: FastifyInstance, metrics: Metrics): void {
  const logger = log('http');
  const seconds = metrics.histogram('atelier_http_request_seconds', 'Time from the request to the end of its answer.', ['method', 'route', 'status']);
  server.decorateRequest('logContext', undefined);
  server.decorateRequest('ctx', undefined);
  server.decorateRequest('idem', undefined);
  server.addHook('onRequest', (request, reply, done) => {
    request.logContext = { requestId: request.id };
    reply.header('x-request-id', request.id);
    runWithLogContext(request.logContext, done);
  });
  // Reading a body leaves the asynchronous path of the request; this is where it comes back.
  server.addHook('preValidation', (request, _reply, done) => runWithLogContext(request.logContext ?? {}, done));
  server.addHook('onResponse', (request, reply, done) => {
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    const route = request.routeOptions.url ?? 'none';
    seconds.observe({ method: request.method, route, status: String(reply.statusCode) }, ms / 1000);
    const path = request.url.split('?')[0]!;
    const line = { ...request.logContext, method: request.method, route, path, status: reply.statusCode, ms, ip: request.ip };
    logger[QUIET.test(path) ? 'debug' : 'info'](line, 'request');
    done();
  });
}
