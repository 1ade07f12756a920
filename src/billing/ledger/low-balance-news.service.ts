import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Member } from '../../accounts/members/index.js';
import { Mail } from '../../platform/mail/index.js';
import { BalanceNews, formatCredits } from '../plans/index.js';
import { LowBalanceRepository } from './low-balance.repository.js';

/** The note of a crossing, its news and its mail are one transaction: each is told once, however many look. */
@Injectable()
export class LowBalanceNews {
  constructor(
    private readonly repository: LowBalanceRepository,
    private readonly news: BalanceNews,
    private readonly mail: Mail,
  ) {}

  async tell(em: EntityManager, tenantId: string, addressees: readonly Member[]): Promise<void> {
    const crossing = await this.repository.cross(em, tenantId);
    if (!crossing?.low) return;
    const [balance, below] = [formatCredits(crossing.balanceMilli), formatCredits(crossing.belowMilli)];
    await this.news.low(em, tenantId, balance, below);
    const subject = `Only ${balance} credits are left`;
    const text = `What is left to spend, ${balance} credits with what running jobs hold, is below the mark of ${below}.\n\nJobs that do not fit are refused. Add credits, or set another mark, under Budgets in the administration.\n`;
    for (const { email } of addressees) await this.mail.send(em, { tenantId, to: email, subject, text });
  }
}
