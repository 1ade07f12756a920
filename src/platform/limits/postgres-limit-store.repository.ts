import pg from 'pg';
import { isConnectionLoss, outsideTransaction } from '../database/index.js';
import { LimitStore, type Answer, type Ask } from './limit-store.port.js';

/** Beyond this a server that does not answer counts as gone. */
const PATIENCE_MS = 2_000;
/** A server that restarts is waited for: tries, and the pause between them. */
const TRIES = 15;
const PAUSE_MS = 150;

interface AnswerRow {
  granted: number;
  at: string;
  used: string;
  before: string;
  now_ms: string;
}

/** Meters in an unlogged table, decided by the database's clock: one statement a call, no wait for the disk; a crash of the server forgives. */
export class PostgresLimitStore extends LimitStore {
  private readonly pool: pg.Pool;

  /** `appUrl`: the application's login; one connection of its own, so that no long transaction makes a decision wait. */
  constructor(appUrl: string, connections: number) {
    super();
    this.pool = new pg.Pool({
      connectionString: appUrl,
      max: connections,
      keepAlive: true,
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: PATIENCE_MS,
      options: '-c search_path=atelier',
      application_name: 'atelier limits',
    });
    this.pool.on('error', () => undefined);
  }

  override async decide(asks: readonly Ask[], nowMs?: number): Promise<Answer[]> {
    const query = {
      name: 'take_limits',
      text: 'SELECT granted, at, used, before, now_ms FROM take_limits($1, $2, $3, $4, $5, $6, $7) ORDER BY ord',
      values: [
        nowMs ?? null,
        asks.map(({ key }) => key),
        asks.map(({ algorithm }) => algorithm),
        asks.map(({ limit }) => limit),
        asks.map(({ windowMs }) => windowMs),
        asks.map(({ asked }) => asked),
        asks.map(({ returned }) => returned),
      ],
    };
    const { rows } = await outsideTransaction(() => this.ask(query));
    return rows.map((row) => ({
      granted: row.granted,
      meter: { at: Number(row.at), used: Number(row.used), before: Number(row.before) },
      nowMs: Number(row.now_ms),
    }));
  }

  private async ask(query: pg.QueryConfig): Promise<pg.QueryResult<AnswerRow>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.pool.query<AnswerRow>(query);
      } catch (error) {
        if (!isConnectionLoss(error) || attempt === TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
