import { Injectable } from '@nestjs/common';
import { ApiKeys } from '../../accounts/api-keys/index.js';
import { Members } from '../../accounts/members/index.js';
import type { Ctx } from '../../platform/context/index.js';
import type { FieldFault } from '../../platform/errors/index.js';
import { isTypeId, parseId } from '../../platform/ids/index.js';
import type { Budget, BudgetScope } from './budget.js';
import { subjectMissing, subjectNotNeeded, subjectUnknown, teamsNotThere } from './budgets.errors.js';

const PREFIX = { user: 'usr', key: 'key' } as const;

/** Whom budgets bound. */
@Injectable()
export class BudgetSubjects {
  constructor(
    private readonly members: Members,
    private readonly keys: ApiKeys,
  ) {}

  /** The uuid behind a subject of the context's tenant, or null and a fault. */
  async read(ctx: Ctx, scope: BudgetScope, given: string | undefined, faults: FieldFault[]): Promise<string | null> {
    if (scope === 'tenant') {
      if (given !== undefined) faults.push(subjectNotNeeded());
      return given === undefined ? ctx.tenantId : null;
    }
    if (scope === 'team') {
      faults.push(teamsNotThere());
      return null;
    }
    if (given === undefined) faults.push(subjectMissing(scope));
    else if (isTypeId(PREFIX[scope], given)) {
      const id = parseId(PREFIX[scope], given);
      if (await this.exists(ctx, scope, id)) return id;
      faults.push(subjectUnknown(scope));
    } else faults.push(subjectUnknown(scope));
    return null;
  }

  /** Names by uuid; those of teams are not known here. */
  async names(ctx: Ctx, budgets: readonly Pick<Budget, 'scope' | 'subjectId'>[]): Promise<Map<string, string>> {
    const names = new Map<string, string>();
    for (const { scope, subjectId } of budgets) {
      if (names.has(subjectId) || scope === 'tenant' || scope === 'team') continue;
      const found = scope === 'user' ? await this.members.find(ctx, subjectId) : await this.keys.find(ctx, subjectId);
      if (found) names.set(subjectId, found.name);
    }
    return names;
  }

  private async exists(ctx: Ctx, scope: 'user' | 'key', id: string): Promise<boolean> {
    return scope === 'user' ? (await this.members.find(ctx, id))?.status === 'active' : (await this.keys.find(ctx, id))?.revokedAt === null;
  }
}
