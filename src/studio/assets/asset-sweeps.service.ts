import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { ConfigOf } from '../../platform/config/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { Storage } from '../../platform/storage/index.js';
import { log } from '../../platform/telemetry/index.js';
import { assetsWithBytes, claimedKeys, deletedWithBytes, expireUploads, markBytesRemoved, type DeletedAsset } from './assets.system.repository.js';
import { OutputClaims } from './output-claims.service.js';
import { assetsConfig } from './settings.js';
import { readKey, renditionPrefixes, type StoredKey } from './storage-keys.js';

const BATCH = 200;
const MINUTE_MS = 60_000;

type Stored = { key: string } & StoredKey;

/** Removes what nobody can reach any more: bytes of deleted assets, uploads nobody completed, files that no row speaks for. */
@Injectable()
export class AssetSweeps implements OnModuleInit {
  private readonly log = log('studio/assets');

  constructor(
    private readonly sweeper: Sweeper,
    private readonly system: SystemTx,
    private readonly storage: Storage,
    private readonly claims: OutputClaims,
    @Inject(assetsConfig.token) private readonly settings: ConfigOf<typeof assetsConfig>,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('assets: bytes of deleted assets', MINUTE_MS, () => this.removeDeleted());
    this.sweeper.every('assets: uploads nobody completed', MINUTE_MS, () => this.expireUploads());
    this.sweeper.every('assets: files without a row', 60 * MINUTE_MS, async () => void (await this.removeOrphans()));
  }

  async removeDeleted(): Promise<void> {
    for (;;) {
      const gone = await this.system.run('assets to remove', (em) => deletedWithBytes(em, BATCH));
      for (const asset of gone) await this.storage.delete([asset.storageKey, ...(await this.renditionKeys(asset))]);
      if (gone.length > 0)
        await this.system.run('assets removed', (em) =>
          markBytesRemoved(
            em,
            gone.map((a) => a.id),
          ),
        );
      if (gone.length < BATCH) return;
    }
  }

  async expireUploads(): Promise<void> {
    for (;;) {
      const expired = await this.system.run('uploads to expire', (em) => expireUploads(em, BATCH));
      await this.storage.delete(expired.map((u) => u.storageKey));
      if (expired.length < BATCH) return;
    }
  }

  /** Looks at every stored file of this room that is older than `orphanAgeHours`. Returns how many it removed. */
  async removeOrphans(now = Date.now()): Promise<number> {
    const oldest = now - this.settings.orphanAgeHours * 3_600_000;
    let removed = 0;
    let batch: Stored[] = [];
    const settle = async (): Promise<void> => {
      const orphans = batch.length > 0 ? await this.orphansIn(batch) : [];
      await this.storage.delete(orphans);
      removed += orphans.length;
      batch = [];
    };
    for await (const { key, modifiedAt } of this.storage.list('t/')) {
      const read = readKey(key);
      if (!read || modifiedAt.getTime() > oldest) continue;
      // Keys come in order, so one batch holds one tenant's files.
      if (batch.length >= BATCH || (batch[0] && batch[0].tenantId !== read.tenantId)) await settle();
      batch.push({ key, ...read });
    }
    await settle();
    if (removed > 0) this.log.info({ removed }, 'files without a row were removed');
    return removed;
  }

  private async orphansIn(batch: readonly Stored[]): Promise<string[]> {
    const { tenantId } = batch[0]!;
    const originals = batch.filter((s) => s.kind !== 'rendition').map((s) => s.key);
    const outputs = batch.filter((s) => s.kind === 'output').map((s) => s.key);
    const assetIds = batch.flatMap((s) => (s.kind === 'rendition' ? [s.assetId] : []));
    // Claims first: an output whose job ends between the two questions is then found as an asset.
    const wanted = outputs.length > 0 ? await this.claims.claimed(tenantId, outputs) : new Set<string>();
    const { claimed, alive } = await this.system.run('files without a row', async (em) => ({
      claimed: await claimedKeys(em, tenantId, originals),
      alive: await assetsWithBytes(em, tenantId, assetIds),
    }));
    return batch.filter((s) => (s.kind === 'rendition' ? !alive.has(s.assetId) : !claimed.has(s.key) && !wanted.has(s.key))).map((s) => s.key);
  }

  private async renditionKeys(asset: DeletedAsset): Promise<string[]> {
    const keys: string[] = [];
    for (const prefix of renditionPrefixes(asset.tenantId, asset.id)) for await (const { key } of this.storage.list(prefix)) keys.push(key);
    return keys;
  }
}
