/** What the boxes of a pool cost on a day of UTC beside all attempts: booting, idle, draining, fallen silent. */
export interface Overhead {
  poolId: string;
  /** Its first instant. */
  day: Date;
  micros: bigint;
}

/** Asks those who know the boxes what their time cost that no job was asked for. Answers outside any transaction. */
export abstract class Overheads {
  abstract between(range: { from: Date; to: Date }): Promise<Overhead[]>;
}
