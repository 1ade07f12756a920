import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Ctx } from '../context/index.js';
import { DomainError } from '../errors/index.js';
import { parseId, type IdPrefix } from '../ids/index.js';
import { claimOf, type IdempotencyClaim } from './idempotency-claim.js';
import { uploadedFile, type UploadedFile } from './uploads.js';

const requestOf = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

/** `@Context() ctx: Ctx` – who calls. */
export const Context = createParamDecorator((_data: undefined, context: ExecutionContext): Ctx => {
  const { ctx } = requestOf(context);
  if (!ctx) throw new DomainError({ kind: 'unexpected', code: 'context_on_public_route', detail: 'A public route has no caller to speak of.' });
  return ctx;
});

const idOf = createParamDecorator(({ prefix, name }: { prefix: IdPrefix; name: string }, context: ExecutionContext): string =>
  parseId(prefix, (requestOf(context).params as Record<string, unknown>)[name]),
);

/** `@IdParam('job', 'id') id: string` – the uuid behind the TypeID in the path; anything else there is 404. */
export const IdParam =
  (prefix: IdPrefix, name = 'id'): ParameterDecorator =>
  (target, method, index) => {
    idOf({ prefix, name })(target, method, index);
    const descriptor = Object.getOwnPropertyDescriptor(target, method!)!;
    ApiParam({ name, schema: { type: 'string', pattern: `^${prefix}_[0-9a-z]{26}$` } })(target, method!, descriptor);
  };

/** `@Idem() idem: IdempotencyClaim` – key, body hash and route, for services that keep their responses themselves. */
export const Idem = createParamDecorator((_data: undefined, context: ExecutionContext): IdempotencyClaim => {
  const request = requestOf(context);
  return (request.idem ??= claimOf(request));
});

/** `@UploadedStream() file: UploadedFile` – the first file of a multipart body, as a stream that must be read or destroyed. */
export const UploadedStream = createParamDecorator((_data: undefined, context: ExecutionContext): Promise<UploadedFile> => uploadedFile(requestOf(context)));
