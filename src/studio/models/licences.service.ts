import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { Fresh } from '../../billing/plans/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { AppDb, SystemTx } from '../../platform/database/index.js';
import { invalid } from '../../platform/errors/index.js';
import { CATALOGUE } from './catalogue.js';
import type { LicenceDecisionRow } from './model.entity.js';
import { allDecisions } from './shared.repository.js';
import { findDecision, putDecision } from './weights.system.repository.js';
import type { LicenceGatesView, PutLicenceBody } from './models.dto.js';

const ALL = 'licences of models';
/** The tag that stands for all: nobody earns money with this installation. */
const NON_COMMERCIAL = '*';

/** Licences that forbid commercial use, or want a look first, are off until an operator says why they may be used here. */
@Injectable()
export class Licences {
  constructor(
    private readonly db: AppDb,
    private readonly system: SystemTx,
    private readonly audit: Audit,
    private readonly fresh: Fresh,
  ) {}

  /** Tags that were allowed; `*` for all. */
  async allowed(): Promise<ReadonlySet<string>> {
    return new Set((await this.decisions()).filter(({ allowed }) => allowed).map(({ tag }) => tag));
  }

  async view(): Promise<LicenceGatesView> {
    const decisions = new Map((await this.decisions()).map((decision) => [decision.tag, decision]));
    const gated = CATALOGUE.flatMap(({ licence }) => (licence && licence.commercialUse !== 'allowed' ? [licence] : []));
    const licences = [...new Map(gated.map((licence) => [licence.tag, licence])).values()];
    return {
      nonCommercial: decisions.get(NON_COMMERCIAL)?.allowed ?? false,
      licences: licences.map((licence) => ({
        ...licence,
        allowed: decisions.get(licence.tag)?.allowed ?? false,
        reason: decisions.get(licence.tag)?.reason ?? null,
        models: gated.filter(({ tag }) => tag === licence.tag).length,
      })),
    };
  }

  /** @throws DomainError 422 for a licence that no model of the catalogue has, or that nobody has to allow */
  async put(ctx: Ctx, body: PutLicenceBody): Promise<LicenceGatesView> {
    const tag = body.tag ?? NON_COMMERCIAL;
    const known = (await this.view()).licences.map((licence) => licence.tag);
    if (tag !== NON_COMMERCIAL && !known.includes(tag))
      throw invalid([
        { pointer: '/tag', code: 'unknown_licence', message: `No licence ${tag} waits for a word.`, fix: `Use one of ${known.join(', ')}, or leave tag out.` },
      ]);
    await this.system.run('licence decision', async (em) => {
      const before = await findDecision(em, tag);
      await putDecision(em, { tag, allowed: body.allowed, reason: body.reason });
      await this.audit.record(em, ctx, { action: 'licence.decided', target: tag, before, after: { tag, allowed: body.allowed, reason: body.reason } });
      this.fresh.changed(ALL);
    });
    return this.view();
  }

  private decisions(): Promise<LicenceDecisionRow[]> {
    return this.fresh.get(ALL, () => allDecisions(this.db));
  }
}
