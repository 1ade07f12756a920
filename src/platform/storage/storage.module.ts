import { Global, Inject, Module, type OnModuleInit } from '@nestjs/common';
import { join } from 'node:path';
import { coreConfig, provideConfig, type ConfigOf } from '../config/index.js';
import { Probes } from '../telemetry/index.js';
import { DiskStorage } from './disk-storage.js';
import { S3Storage } from './s3-storage.js';
import { storageConfig, type StorageConfig } from './settings.js';
import { signingKey } from './signing-key.js';
import { Storage } from './storage.port.js';

async function makeStorage(core: ConfigOf<typeof coreConfig>, settings: StorageConfig): Promise<Storage> {
  if (settings.s3) return new S3Storage(settings.s3, join(core.home, 'spool'));
  const storage = new DiskStorage(join(core.home, 'files'), core.publicUrl, signingKey(core.home));
  await storage.prepare();
  return storage;
}

@Global()
@Module({
  providers: [provideConfig(storageConfig), { provide: Storage, useFactory: makeStorage, inject: [coreConfig.token, storageConfig.token] }],
  exports: [Storage],
})
export class StorageModule implements OnModuleInit {
  constructor(
    @Inject(Storage) private readonly storage: Storage,
    private readonly probes: Probes,
  ) {}

  onModuleInit(): void {
    this.probes.health('storage', () => this.storage.check());
  }
}
