import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../../platform/context/index.js';
import { JobBell } from '../job-bell.service.js';
import type { JobView } from '../jobs.dto.js';
import { isTerminal } from '../course/job-state.js';
import { JobReader } from './job-reader.service.js';

/** Longer than this no request may hang (`Prefer: wait`). */
export const WAIT_MAX_SECONDS = 60;
/** Should a wake-up be lost. */
const LOOK_MS = 1_000;

/** Lets a caller wait for the end of a job. */
@Injectable()
export class JobEnds {
  constructor(
    private readonly reader: JobReader,
    private readonly bell: JobBell,
  ) {}

  /** The job when it has ended, or as it is after `seconds`. */
  async wait(ctx: Ctx, id: string, seconds: number): Promise<JobView> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const rung = this.bell.next(id, Math.min(LOOK_MS, Math.max(0, deadline - Date.now())));
      const { status } = await this.reader.status(ctx, id);
      if (isTerminal(status) || Date.now() >= deadline) return this.reader.get(ctx, id);
      await rung;
    }
  }
}

/** `Prefer: wait=30` → 30, at most 60; undefined without such a wish. */
export function preferredWait(prefer: string | undefined): number | undefined {
  const asked = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer ?? '')?.[1];
  return asked === undefined ? undefined : Math.min(WAIT_MAX_SECONDS, Number(asked));
}
