import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../platform/context/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { Mail } from '../../platform/mail/index.js';
import { Audit } from '../audit/index.js';
import { toMailMessageDto, type MailPageDto } from './tenants.dto.js';

/** Mail as operators see it: where none is really sent, this is where links are found. */
@Injectable()
export class OperatorMail {
  constructor(
    private readonly mail: Mail,
    private readonly audit: Audit,
  ) {}

  async list(ctx: Ctx, query: PageQuery): Promise<MailPageDto> {
    await this.audit.note(ctx, { action: 'operator.mail_listed' });
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const result = page(await this.mail.list({ after, limit: query.limit + 1 }), query.limit, (message) => encodeCursor(message.cursorAt, message.id));
    return { ...result, data: result.data.map(toMailMessageDto) };
  }
}
