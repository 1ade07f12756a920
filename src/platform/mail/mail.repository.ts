import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../database/index.js';
import type { OutgoingMail } from './message.js';

@Injectable()
export class MailRepository {
  async insert(em: EntityManager, id: string, mail: OutgoingMail): Promise<void> {
    await rows(em, `INSERT INTO mail_message (tenant_id, id, to_address, subject, body_text, body_html) VALUES ($1, $2, $3, $4, $5, $6)`, [
      mail.tenantId,
      id,
      mail.to,
      mail.subject,
      mail.text,
      mail.html ?? null,
    ]);
  }
}
