import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { invalid, isDomainError, notFound, type FieldFault } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { SafeFetch } from '../../platform/safe-fetch/index.js';
import { Audit } from '../audit/index.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import { patternFaults } from './event-patterns.js';
import { newWebhookSecret } from './signature.js';
import { WebhookSecrets } from './webhook-secrets.service.js';
import type { Endpoint } from './webhook.js';
import { toWebhookDto, type CreateWebhookDto, type UpdateWebhookDto, type WebhookPageDto } from './webhooks.dto.js';
import { tooManyEndpoints } from './webhooks.errors.js';
import { WebhooksRepository } from './webhooks.repository.js';

const ENDPOINTS_MAX = 20;
const OVERLAP_HOURS = 24;
const SWITCHED_OFF = 'The endpoint was switched off while this waited. Switch it on and replay it.';
const wishOf = ({ url, description, eventTypes, enabled }: Endpoint): object => ({ url, description, eventTypes, enabled });

/** The endpoints of a tenant. */
@Injectable()
export class Webhooks {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: WebhooksRepository,
    private readonly deliveries: DeliveriesRepository,
    private readonly secrets: WebhookSecrets,
    private readonly fetcher: SafeFetch,
    private readonly audit: Audit,
  ) {}

  async list(ctx: Ctx, query: PageQuery): Promise<WebhookPageDto> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const found = await this.tx.run(ctx, (em) => this.repository.list(em, { after, limit: query.limit + 1 }));
    const result = page(found, query.limit, (endpoint) => encodeCursor(endpoint.cursorAt, endpoint.id));
    return { ...result, data: result.data.map(toWebhookDto) };
  }

  async get(ctx: Ctx, id: string): Promise<Endpoint> {
    const endpoint = await this.tx.run(ctx, (em) => this.repository.find(em, id));
    if (!endpoint) throw notFound('webhook');
    return endpoint;
  }

  /** The secret is in this answer only. @throws 409 `too_many_webhooks`, 422 */
  async create(ctx: Ctx, wish: CreateWebhookDto): Promise<{ endpoint: Endpoint; secret: string }> {
    this.requireSound(wish);
    const secret = newWebhookSecret();
    const endpoint = await this.tx.run(ctx, async (em) => {
      if ((await this.repository.countLocked(em, ctx.tenantId)) >= ENDPOINTS_MAX) throw tooManyEndpoints(ENDPOINTS_MAX);
      const id = newId();
      const wanted = {
        id,
        tenantId: ctx.tenantId,
        url: wish.url,
        description: wish.description ?? '',
        eventTypes: wish.eventTypes,
        enabled: wish.enabled ?? true,
      };
      const made = await this.repository.insert(em, wanted, this.secrets.seal(id, secret), actorId(ctx));
      await this.record(em, ctx, 'webhook.created', id, undefined, wishOf(made));
      return made;
    });
    return { endpoint, secret };
  }

  /** Fields that are left out stay as they are. Switching off ends what waits; it can be replayed. @throws 422 */
  async update(ctx: Ctx, id: string, change: UpdateWebhookDto): Promise<Endpoint> {
    this.requireSound(change);
    return this.tx.run(ctx, async (em) => {
      const before = await this.lock(em, id);
      const after = await this.repository.update(em, {
        id,
        url: change.url ?? before.url,
        description: change.description ?? before.description,
        eventTypes: change.eventTypes ?? before.eventTypes,
        enabled: change.enabled ?? before.enabled,
      });
      if (before.enabled && !after.enabled) await this.deliveries.abandon(em, id, SWITCHED_OFF);
      await this.record(em, ctx, 'webhook.updated', id, wishOf(before), wishOf(after));
      return after;
    });
  }

  /** A new secret for the same endpoint; the old one signs beside it for `overlapHours`. Rotating again ends the one before. */
  async rotate(ctx: Ctx, id: string, overlapHours: number = OVERLAP_HOURS): Promise<{ endpoint: Endpoint; secret: string }> {
    const secret = newWebhookSecret();
    const endpoint = await this.tx.run(ctx, async (em) => {
      await this.lock(em, id);
      const rotated = await this.repository.rotate(em, id, this.secrets.seal(id, secret), overlapHours);
      await this.record(em, ctx, 'webhook.rotated', id, undefined, { overlapHours });
      return rotated;
    });
    return { endpoint, secret };
  }

  /** Its log goes with it. */
  async remove(ctx: Ctx, id: string): Promise<void> {
    await this.tx.run(ctx, async (em) => {
      const before = await this.lock(em, id);
      await this.repository.remove(em, id);
      await this.record(em, ctx, 'webhook.deleted', id, wishOf(before));
    });
  }

  private async lock(em: EntityManager, id: string): Promise<Endpoint> {
    const endpoint = await this.repository.lock(em, id);
    if (!endpoint) throw notFound('webhook');
    return endpoint;
  }

  /** What a name leads to is looked at on every attempt; what the address itself says, here. */
  private requireSound(wish: { url?: string; eventTypes?: string[] }): void {
    const faults = [...(wish.url === undefined ? [] : this.addressFaults(wish.url)), ...patternFaults(wish.eventTypes ?? [])];
    if (faults.length > 0) throw invalid(faults);
  }

  private addressFaults(url: string): FieldFault[] {
    try {
      this.fetcher.parse(url);
      return [];
    } catch (error) {
      if (!isDomainError(error)) throw error;
      return [{ pointer: '/url', code: error.code, message: error.detail, fix: 'Enter a public https:// address, such as https://example.com/hooks/atelier.' }];
    }
  }

  private record(em: EntityManager, ctx: Ctx, action: string, id: string, before?: object, after?: object): Promise<void> {
    return this.audit.record(em, ctx, { action, target: typeId('whk', id), before, after });
  }
}
