import { Injectable } from '@nestjs/common';
import { InstallationKeys, openBytes, sealBytes } from '../sessions/index.js';

/** Secrets of endpoints: needed in clear to sign, so kept sealed, each bound to its endpoint. */
@Injectable()
export class WebhookSecrets {
  private readonly key: Buffer;

  constructor(keys: InstallationKeys) {
    this.key = keys.of('webhook secrets');
  }

  seal(endpointId: string, secret: string): Buffer {
    return sealBytes(this.key, endpointId, Buffer.from(secret, 'utf8'));
  }

  /** Null when it was sealed by an installation with another secret. */
  open(endpointId: string, sealed: Buffer): string | null {
    return openBytes(this.key, endpointId, sealed)?.toString('utf8') ?? null;
  }
}
