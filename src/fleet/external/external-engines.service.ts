import type { Operation } from '@atelier/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { ConsentsRepository, type Consent } from './consents.repository.js';
import type { ExternalConsentView, PutExternalConsentDto } from './external.dto.js';
import { externalConfig, type ExternalConfig } from './settings.js';

export interface ExternalOffer {
  slug: string;
  /** Price of a call, in millionths of a dollar; of a second where the service counts seconds. */
  priceMicros: bigint;
}
/** Why no outside service may do it: a cause and a cure, as a fault at `/model` wants them. */
export interface ExternalRefusal {
  code: 'external_off' | 'external_unknown_model' | 'external_consent_missing';
  message: string;
  fix: string;
}

const NONE: Consent = { allowed: false, providers: [], updatedAt: null };

export const consents = ({ allowed, providers }: Pick<Consent, 'allowed' | 'providers'>, service: string): boolean =>
  allowed && (providers.length === 0 || providers.includes(service));

/** Which outside models a tenant may use, and its consent to that. */
@Injectable()
export class ExternalEngines {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: ConsentsRepository,
    private readonly audit: Audit,
    @Inject(externalConfig.token) private readonly config: ExternalConfig,
  ) {}

  /** The named outside model, or the first that does the operation; else the reason why there is none for this tenant. */
  async offers(ctx: Ctx, operation: Operation, slug?: string): Promise<ExternalOffer | ExternalRefusal> {
    const { service, models } = this.config;
    if (!service)
      return { code: 'external_off', message: 'This installation uses no outside service.', fix: 'Choose another model, or ask the operator to set one up.' };
    const model = [...models.values()].find((known) => known.operations.includes(operation) && (slug === undefined || known.slug === slug));
    if (!model)
      return { code: 'external_unknown_model', message: `No outside model does ${operation}${slug ? ` as ${slug}` : ''}.`, fix: 'Choose another model.' };
    const consent = (await this.tx.run(ctx, (em) => this.repository.find(em, ctx.tenantId))) ?? NONE;
    if (!consents(consent, service.name))
      return {
        code: 'external_consent_missing',
        message: `${model.slug} runs at ${service.name}, and this tenant has not agreed that its content is sent there.`,
        fix: 'Choose another model, or have an administrator allow it with PUT /tenant/external.',
      };
    return { slug: model.slug, priceMicros: model.callMicros || model.secondMicros };
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
