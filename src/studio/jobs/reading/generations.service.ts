import { Injectable } from '@nestjs/common';
import { Members } from '../../../accounts/members/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { notFound } from '../../../platform/errors/index.js';
import type { JobListQuery, JobPage } from '../jobs.dto.js';
import { JobReader } from './job-reader.service.js';

/** What a member of the tenant made. */
@Injectable()
export class Generations {
  constructor(
    private readonly reader: JobReader,
    private readonly members: Members,
  ) {}

  /** As far as the caller may see it. @throws DomainError 404 for somebody who is not of this tenant */
  async of(ctx: Ctx, userId: string, query: JobListQuery): Promise<JobPage> {
    if (!(await this.members.find(ctx, userId))) throw notFound('usr');
    return this.reader.list(ctx, query, { ownerId: userId });
  }
}
