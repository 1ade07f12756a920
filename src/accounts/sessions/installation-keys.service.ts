import { Inject, Injectable } from '@nestjs/common';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { deriveKey } from './installation-secret.js';
import { sessionsConfig } from './settings.js';

/** Keys of this installation, the same in each of its processes: 32 bytes for one purpose, that tell nothing about another's. */
@Injectable()
export class InstallationKeys {
  constructor(
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    @Inject(sessionsConfig.token) private readonly settings: ConfigOf<typeof sessionsConfig>,
  ) {}

  of(purpose: string): Buffer {
    return deriveKey(this.core.home, this.settings.secretKey, purpose);
  }
}
