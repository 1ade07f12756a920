import { DataSource } from 'typeorm';

export const APP_DATA_SOURCE = Symbol('app data source');
export const SYSTEM_DATA_SOURCE = Symbol('system data source');

/** The three logins of one installation. */
export interface DatabaseUrls {
  app: string;
  system: string;
  queue: string;
}

/** Connections one process opens: 8 + 3 here, 6 for Bull, 1 to listen, 1 to decide limits. */
export const POOL_SIZES = { app: 8, system: 3, queue: 6, listen: 1, limits: 1 } as const;

const source = (url: string, max: number, name: string): DataSource =>
  new DataSource({
    type: 'postgres',
    url,
    applicationName: name,
    schema: 'atelier',
    entities: [],
    extra: { max, options: '-c search_path=atelier', keepAlive: true, connectionTimeoutMillis: 10_000, idleTimeoutMillis: 60_000 },
    // An idle connection that dies (server restart) is replaced by the pool; it is no reason to fall over.
    poolErrorHandler: () => undefined,
  });

/** Opens both pools. Reached through TenantTx, SystemTx and AppDb; nothing else holds a data source. */
export class DataSources {
  private constructor(
    readonly app: DataSource,
    readonly system: DataSource,
  ) {}

  static async open(urls: DatabaseUrls): Promise<DataSources> {
    const made = new DataSources(source(urls.app, POOL_SIZES.app, 'atelier app'), source(urls.system, POOL_SIZES.system, 'atelier system'));
    await made.app.initialize();
    await made.system.initialize();
    return made;
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.app.destroy(), this.system.destroy()]);
  }
}
