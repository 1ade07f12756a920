import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { Fresh } from '../../billing/plans/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import type { ModerationView, PutModerationDto } from './moderation.dto.js';
import { contentRefused } from './moderation.errors.js';
import { ModerationRepository, type ModerationPolicy } from './moderation.repository.js';
import { compileRules, STARTING_RULES, type CompiledRules } from './prompt-rules.js';

const STARTING: CompiledRules = compileRules(STARTING_RULES);

/** Which prompts a tenant lets through. */
@Injectable()
export class Moderation {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: ModerationRepository,
    private readonly audit: Audit,
    private readonly fresh: Fresh,
  ) {}

  async get(ctx: Ctx): Promise<ModerationView> {
    return view(await this.tx.run(ctx, (em) => this.repository.find(em, ctx.tenantId)));
  }

  async replace(ctx: Ctx, body: PutModerationDto): Promise<ModerationView> {
    const rules = body.rules.map(({ name, words, enabled }) => ({ name, words: [...new Set(words)], enabled }));
    return this.tx.run(ctx, async (em) => {
      const before = await this.repository.find(em, ctx.tenantId, true);
      const after = await this.repository.replace(em, ctx.tenantId, rules, actorId(ctx));
      await this.audit.record(em, ctx, { action: 'moderation.replaced', before: before?.rules ?? STARTING_RULES, after: after.rules });
      this.fresh.changed(cacheKey(ctx));
      return view(after);
    });
  }

  /** @throws DomainError `content_refused` (422) naming the first rule that one of the texts breaks. */
  async check(ctx: Ctx, texts: readonly { pointer: string; text: string }[]): Promise<void> {
    if (texts.length === 0) return;
    const rules = await this.rulesOf(ctx);
    for (const { pointer, text } of texts) {
      const breach = rules.find(text);
      if (breach) throw contentRefused(pointer, breach);
    }
  }

  /** Compiled once and kept for a few seconds: submitting a job asks no question of its own. */
  private rulesOf(ctx: Ctx): Promise<CompiledRules> {
    return this.fresh.get(cacheKey(ctx), async () => {
      const policy = await this.tx.run(ctx, (em) => this.repository.find(em, ctx.tenantId));
      return policy ? compileRules(policy.rules) : STARTING;
    });
  }
}

const cacheKey = (ctx: Ctx): string => `moderation:${ctx.tenantId}`;

const view = (policy: ModerationPolicy | undefined): ModerationView => ({
  rules: (policy?.rules ?? STARTING_RULES).map(({ name, words, enabled }) => ({ name, words: [...words], enabled })),
  version: policy?.version ?? 0,
  updatedAt: policy?.updatedAt?.toISOString() ?? null,
});
