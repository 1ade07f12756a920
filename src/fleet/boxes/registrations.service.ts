import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { RegisterRequest, RegisterResponse } from '@atelier/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ConfigOf } from '../../platform/config/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { typeId } from '../../platform/ids/index.js';
import { log } from '../../platform/telemetry/index.js';
import { fleetConfig, Pools } from '../pools/index.js';
import { proofUnsupported, registrationRefused, wrongCapacity, wrongClass } from './boxes.errors.js';
import { Boxes, secretHash } from './boxes.service.js';
import * as repository from './boxes.system.repository.js';
import { PassportKeys } from './passport-keys.port.js';

/** Life of a box token; heartbeats renew it from half of it on (domain §7). */
export const TOKEN_TTL_MS = 15 * 60_000;
/** A box that did not hear the answer may ask again for so long, unless it has called with its token. */
const AGAIN_MS = 60_000;
export const newToken = (): string => randomBytes(32).toString('base64url');

/** A box becomes known: pool secret and proof are checked, the proof is used up, a token is given. */
@Injectable()
export class Registrations {
  private readonly log = log('fleet/boxes');

  constructor(
    private readonly system: SystemTx,
    private readonly pools: Pools,
    private readonly boxes: Boxes,
    private readonly passports: PassportKeys,
    @Inject(fleetConfig.token) private readonly config: ConfigOf<typeof fleetConfig>,
  ) {}

  /** @throws DomainError `registration_refused` (401), `proof_unsupported` (422), `class_mismatch` and `capacity_mismatch` (409) */
  async register(request: RegisterRequest): Promise<RegisterResponse> {
    const token = newToken();
    const { boxId, slots } = await this.system.run('register box', (em) => this.admit(em, request, token));
    const { heartbeatMs, leaseTtlMs, longPollMs } = this.config;
    this.log.info({ boxId, pool: request.pool, class: request.gpu.class }, 'a box registered');
    return {
      boxId: typeId('box', boxId),
      token,
      tokenTtlMs: TOKEN_TTL_MS,
      heartbeatMs,
      leaseTtlMs,
      longPollMs,
      slots,
      passportKeys: await this.passports.keys(),
    };
  }

  private async admit(em: EntityManager, request: RegisterRequest, token: string): Promise<{ boxId: string; slots: number }> {
    const pool = await this.pools.findNamed(em, request.pool);
    if (!pool || !(await this.pools.secretHolds(em, pool.id, request.bootstrapSecret))) throw registrationRefused();
    if (request.proof.kind !== pool.provider) throw proofUnsupported(request.proof.kind, pool.provider);
    // Proofs of machines that other providers launch (signed identity documents, projected tokens) are not known to this installation.
    if (request.proof.kind !== 'local') throw proofUnsupported(request.proof.kind, 'local');
    const unproven = await repository.lockUnproven(em, pool.id, request.instanceId);
    if (!unproven || !isSame(unproven.nonceHash, secretHash(String(request.proof.nonce)))) throw registrationRefused();
    if (request.gpu.class !== pool.gpuClass) throw wrongClass(request.gpu.class, pool.gpuClass);
    if (request.capacity !== pool.capacity) throw wrongCapacity(request.capacity, pool.capacity);
    await repository.registerBox(em, unproven.id, request, pool.slotsPerBox, { hash: secretHash(token), ttlMs: TOKEN_TTL_MS, againMs: AGAIN_MS });
    await this.boxes.slotsChanged(em, pool.id);
    return { boxId: unproven.id, slots: pool.slotsPerBox };
  }
}

const isSame = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
