import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { InstallationKeys } from './installation-keys.service.js';
import { openBytes, sealBytes } from './sealing.js';
import { SigningKeysSystemRepository, type StoredSigningKey } from './signing-keys.system.repository.js';

const DAY_MS = 86_400_000;
/** A key signs for 30 days and verifies for two more: far longer than a token of 10 minutes lives. */
const SIGNS_MS = 30 * DAY_MS;
const KEPT_DAYS = 32;
/** An unknown key id may be another process's new key, or made up: worth so many looks a second, not one a request. */
const LOOKS_PER_SECOND = 5;
const REREAD_MS = 60_000;

export interface SigningKey {
  kid: string;
  key: KeyObject;
}

/**
 * Ed25519 keys for access tokens, shared by all processes through the database. Public halves lie there in clear; a process signs with the newest
 * key whose private half it can open, so that a machine with another installation secret makes its own and all still verify each other's tokens.
 */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private readonly secret: Buffer;
  private verifying = new Map<string, KeyObject>();
  private signing: (SigningKey & { createdAt: Date }) | undefined;
  private readAt = 0;
  private looks = { second: 0, made: 0 };

  constructor(
    keys: InstallationKeys,
    private readonly system: SystemTx,
    private readonly repository: SigningKeysSystemRepository,
    private readonly clock: Clock,
    private readonly sweeper: Sweeper,
  ) {
    this.secret = keys.of('access token signing keys');
  }

  onModuleInit(): void {
    this.sweeper.every('signing-keys', 3_600_000, () => this.system.run('signing keys: drop old', (em) => this.repository.deleteOlderThan(em, KEPT_DAYS)));
  }

  /** The key to sign with; made when there is none or the newest is due to be replaced. */
  async toSign(): Promise<SigningKey> {
    if (!this.usable() || this.age(this.readAt) > REREAD_MS) await this.read();
    if (!this.usable()) await this.make();
    return this.signing!;
  }

  async toVerify(kid: string): Promise<KeyObject | undefined> {
    if (!this.verifying.has(kid) && this.mayLook()) await this.read();
    return this.verifying.get(kid);
  }

  private mayLook(): boolean {
    const second = Math.floor(this.clock.now().getTime() / 1000);
    if (this.looks.second !== second) this.looks = { second, made: 0 };
    return this.looks.made++ < LOOKS_PER_SECOND;
  }

  private usable(): boolean {
    return this.signing !== undefined && this.age(this.signing.createdAt.getTime()) < SIGNS_MS;
  }

  private age(since: number): number {
    return this.clock.now().getTime() - since;
  }

  private async read(): Promise<void> {
    this.readAt = this.clock.now().getTime();
    this.take(await this.system.run('signing keys: read', (em) => this.repository.list(em)));
  }

  private async make(): Promise<void> {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const kid = randomBytes(9).toString('base64url');
    const stored = await this.system.run('signing keys: make', async (em) => {
      await this.repository.lock(em);
      this.take(await this.repository.list(em));
      if (this.usable()) return undefined;
      const privateSealed = sealBytes(this.secret, kid, privateKey.export({ format: 'der', type: 'pkcs8' }));
      await this.repository.insert(em, { kid, publicJwk: publicKey.export({ format: 'jwk' }), privateSealed });
      return this.repository.list(em);
    });
    if (stored) this.take(stored);
  }

  private take(stored: readonly StoredSigningKey[]): void {
    this.verifying = new Map(stored.map((row) => [row.kid, createPublicKey({ key: row.publicJwk, format: 'jwk' })]));
    this.signing = undefined;
    for (const row of stored) {
      const der = openBytes(this.secret, row.kid, row.privateSealed);
      if (!der) continue;
      this.signing = { kid: row.kid, key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }), createdAt: row.createdAt };
      return;
    }
  }
}
