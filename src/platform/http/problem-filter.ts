import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { log } from '../telemetry/index.js';
import { asDomainError, PROBLEM_TYPE, problemHeaders, problemOf } from './problem.js';

const logger = log('http');

/** The one place where errors become answers, whether Nest or a plain route of the server met them. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = asDomainError(error);
  const problem = problemOf(known, request);
  if (problem.status >= 500) logger.error({ err: error, code: known.code, method: request.method, path: problem.instance }, 'a request failed');
  if (reply.sent || reply.raw.headersSent) {
    // Half an answer is out already: cutting the connection is the only way left to say that it is not whole.
    reply.raw.destroy();
    return;
  }
  void reply.code(problem.status).headers(problemHeaders(known)).type(PROBLEM_TYPE).send(problem);
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    // Sockets have their own way of saying that something went wrong.
    if (host.getType() !== 'http') throw error;
    answerProblem(error, host.switchToHttp().getRequest<FastifyRequest>(), host.switchToHttp().getResponse<FastifyReply>());
  }
}
