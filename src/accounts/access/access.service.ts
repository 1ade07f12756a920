import { Inject, Injectable } from '@nestjs/common';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { Authenticator, type AuthRequest } from '../../platform/http/index.js';
import { typeId } from '../../platform/ids/index.js';
import { addressNotAllowed } from './access.errors.js';
import { Callers } from './callers.service.js';
import { sessionCookie } from './cookies.js';
import { credentialOf } from './credential.js';
import { Denials } from './denials.service.js';
import { ctxOf, placeOf, type Identity } from './identity.js';
import { LastUse } from './last-use.service.js';

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** Tells who calls, where they act and what they may do. */
@Injectable()
export class Access extends Authenticator {
  private readonly publicUrl: string;
  private readonly cookieName: string;

  constructor(
    @Inject(coreConfig.token) core: ConfigOf<typeof coreConfig>,
    private readonly callers: Callers,
    private readonly lastUse: LastUse,
    private readonly denials: Denials,
  ) {
    super();
    this.publicUrl = core.publicUrl;
    this.cookieName = sessionCookie(core.publicUrl);
  }

  /** @throws 401; 403 `csrf_failed` | `address_not_allowed` | `plan_required` | `tenant_suspended` | `no_tenant`; 404 for a tenant that is not the caller's */
  override async authenticate(request: AuthRequest): Promise<Ctx> {
    const identity = await this.callers.identify(credentialOf(request, this.cookieName, this.publicUrl));
    return this.letIn(identity, one(request.headers['x-tenant']), request);
  }

  override async recheck(request: AuthRequest, { actor, tenantId }: Ctx): Promise<Ctx> {
    const identity =
      actor.kind === 'user'
        ? await this.callers.identifySession(actor.sessionId)
        : await this.callers.identify(credentialOf(request, this.cookieName, this.publicUrl));
    return this.letIn(identity, typeId('tnt', tenantId), request);
  }

  private letIn(identity: Identity, wanted: string | undefined, request: AuthRequest): Ctx {
    const ctx = ctxOf(identity, placeOf(identity, wanted), request);
    if (!identity.allowsAddress(request.ip)) {
      this.denials.note(ctx, `use of a key from ${request.ip}`);
      throw addressNotAllowed(request.ip);
    }
    this.lastUse.note(identity, request.ip);
    return ctx;
  }
}
