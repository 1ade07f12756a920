import fastifyCookie from '@fastify/cookie';
import fastifyMultipart from '@fastify/multipart';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { coreConfig, environment } from '../config/index.js';
import { rateHeaders, RateLimiter } from '../limits/index.js';
import { openFilesDoor, Storage } from '../storage/index.js';
import { Metrics, NestLog } from '../telemetry/index.js';
import { serveApiDocs } from './api-docs.js';
import { answerProblem } from './problem-filter.js';
import { discardBody } from './refused-body.js';
import { observeRequests, requestId } from './request-log.js';
import { addSecurityHeaders, pagePolicy } from './security-headers.js';
import { httpConfig, type HttpConfig } from './settings.js';
import { refuseUnwieldy } from './validation.js';
import { serveWebApps, type WebApp } from './web-apps.js';

/** Served at the root instead of under the prefix. */
const AT_ROOT = ['health/live', 'health/ready', 'metrics'];
const PREFIX = 'api/v1';

/** A client that sends slowly must not hold a connection: headers within 10 s, a whole request within 5 min, no silence beyond 2 min. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 300_000;
const SILENCE_MS = 120_000;
/** Longer than load balancers keep an idle connection, so that they never reuse one that we have just closed. */
const KEEP_ALIVE_MS = 72_000;

function adapter(settings: HttpConfig): FastifyAdapter {
  return new FastifyAdapter({
    // A number counts hops, which Fastify takes although its types do not say so.
    trustProxy: settings.trustProxy as boolean | string[],
    genReqId: (request: unknown) => requestId(request as IncomingMessage),
    requestIdHeader: false,
    bodyLimit: settings.bodyBytesMax,
    connectionTimeout: SILENCE_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: HEADERS_MS / 2, maxHeaderSize: 16_384 },
    routerOptions: { maxParamLength: 600 },
    multipart: false,
  });
}

const webApps = (repository: string): WebApp[] => [
  { prefix: '/admin/', folder: join(repository, 'admin-ui/dist') },
  { prefix: '/', folder: join(repository, 'studio-ui/dist') },
];

/**
 * Builds the application behind its door: ids, logs, headers, limits, cookies, files, web apps and the API under `/api/v1`. The caller listens.
 * @throws ConfigFault when a setting cannot be used; Error naming every route without access (on init)
 */
export async function createHttpApp(module: Type | DynamicModule): Promise<NestFastifyApplication> {
  const settings = httpConfig.read(environment());
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter(settings), {
    logger: new NestLog(),
    abortOnError: false,
    // Signatures of webhooks are over the bytes as they came.
    rawBody: true,
  });
  const core = app.get<ReturnType<typeof coreConfig.read>>(coreConfig.token);
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const storage = app.get(Storage);
  observeRequests(server, app.get(Metrics));
  addSecurityHeaders(server, core.publicUrl);
  // What was answered before it had all come must not hold its connection, nor our end.
  server.addHook('onSend', async (request, reply) => discardBody(request.raw, reply.raw.socket));
  // Before anything walks the body: hashing, validation and transformation all recurse.
  server.addHook('preValidation', async (request) => {
    if (!(request.body instanceof Readable)) refuseUnwieldy(request.body);
  });
  const limiter = app.get(RateLimiter);
  server.addHook('onSend', async ({ ctx }, reply) => {
    if (ctx) reply.headers(rateHeaders(limiter.toldTo(ctx)));
  });
  await server.register(fastifyCookie);
  await server.register(fastifyMultipart, {
    limits: { files: 1, fileSize: settings.uploadBytesMax, fields: 20, fieldSize: 64 * 1024, parts: 21, headerPairs: 50 },
  });
  await server.register(async (plain) => {
    plain.setErrorHandler(answerProblem);
    openFilesDoor(plain, storage);
    serveApiDocs(plain, core.repository);
    await serveWebApps(plain, webApps(core.repository), pagePolicy(storage.foreignOrigin), core.publicUrl);
  });
  app.setGlobalPrefix(PREFIX, { exclude: AT_ROOT });
  return app;
}
