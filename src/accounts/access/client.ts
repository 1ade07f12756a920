import type { FastifyRequest } from 'fastify';
import type { Client } from '../sessions/index.js';

export const clientOf = (request: FastifyRequest): Client => ({
  ip: request.ip,
  userAgent: (request.headers['user-agent'] ?? '').slice(0, 500),
  requestId: request.id,
});
