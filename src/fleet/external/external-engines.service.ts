import type { Operation } from '@atelier/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { ConsentsRepository, type Consent } from './consents.repository.js';
import type { ExternalConsentView, PutExternalConsentDto } from './external.dto.js';
import { externalConfig, type ExternalConfig } from './settings.js';

/** What is set up at the outside service, for who offers it to people. */
export interface OutsideModel {
  slug: string;
  name: string;
  operations: readonly Operation[];
  priceFactor: 1 | 2;
  /** Host name of the service. */
  service: string;
}
/** Why the outside service may not work for a tenant: a cause and a cure, as a fault at `/model` wants them. */
export interface ExternalRefusal {
  code: 'external_consent_missing';
  message: string;
  fix: string;
}

const NONE: Consent = { allowed: false, providers: [], updatedAt: null };

export const consents = ({ allowed, providers }: Pick<Consent, 'allowed' | 'providers'>, service: string): boolean =>
  allowed && (providers.length === 0 || providers.includes(service));

/** Which outside models there are, and a tenant's consent to them. */
@Injectable()
export class ExternalEngines {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: ConsentsRepository,
    private readonly audit: Audit,
    @Inject(externalConfig.token) private readonly config: ExternalConfig,
  ) {}

  /** Empty while no service is set up. */
  models(): OutsideModel[] {
    const { service, models } = this.config;
    return service
      ? [...models.values()].map(({ slug, name, operations, priceFactor }) => ({ slug, name, operations, priceFactor, service: service.name }))
      : [];
  }

  /** Null: the tenant has agreed that its content goes there. */
  async refusal(ctx: Ctx): Promise<ExternalRefusal | null> {
    const { service } = this.config;
    if (!service) return null;
    const consent = (await this.tx.run(ctx, (em) => this.repository.find(em, ctx.tenantId))) ?? NONE;
    if (consents(consent, service.name)) return null;
    return {
      code: 'external_consent_missing',
      message: `This model runs at ${service.name}, and this workspace has not agreed that its content is sent there.`,
      fix: 'Choose another model, or have an administrator allow it with PUT /tenant/external.',
    };
  }

  async get(ctx: Ctx): Promise<ExternalConsentView> {
    return this.view((await this.tx.run(ctx, (em) => this.repository.find(em, ctx.tenantId))) ?? NONE);
  }

  async put(ctx: Ctx, { allowed, providers = [] }: PutExternalConsentDto): Promise<ExternalConsentView> {
    return this.tx.run(ctx, async (em) => {
      const before = (await this.repository.find(em, ctx.tenantId, true)) ?? NONE;
      const after = await this.repository.replace(em, ctx.tenantId, { allowed, providers: [...new Set(providers)] }, actorId(ctx));
      await this.audit.record(em, ctx, { action: 'external_consent.replaced', before: shown(before), after: shown(after) });
      return this.view(after);
    });
  }

  private view({ allowed, providers, updatedAt }: Consent): ExternalConsentView {
    return { allowed, providers, available: this.config.service ? [this.config.service.name] : [], updatedAt: updatedAt?.toISOString() ?? null };
  }
}

const shown = ({ allowed, providers }: Consent): Pick<Consent, 'allowed' | 'providers'> => ({ allowed, providers });
