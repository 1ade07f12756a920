import type { CapacityType, GpuClass, RegisterRequest } from '@atelier/contracts';

export type BoxState = 'booting' | 'ready' | 'draining' | 'quarantined' | 'lost' | 'gone';

/** A box as its provider and operators see it. */
export interface Box {
  id: string;
  poolId: string;
  instanceId: string;
  state: BoxState;
  stateReason: string | null;
  gpuClass: GpuClass;
  capacity: CapacityType;
  zone: string | null;
  gpu: { name: string; vramMb: number; driver: string | null; vramUsedMb?: number; utilisation?: number; xid?: number | null } | null;
  agentVersion: string | null;
  engines: RegisterRequest['engines'];
  slots: number;
  pid: number | null;
  launchedAt: Date;
  registeredAt: Date | null;
  lastHeartbeatAt: Date | null;
  drainAt: Date | null;
  endedAt: Date | null;
}

/** The box behind a token: what every call of the protocol starts from. */
export interface CallingBox {
  id: string;
  poolId: string;
  gpuClass: GpuClass;
  capacity: CapacityType;
  slots: number;
  /** MiB of its GPU. */
  vramMb: number;
  /** `engine:kind` of everything its engines can do. */
  abilities: string[];
  /** It calls with the token before the last: the answer that brought the last one was lost on the way. */
  byPreviousToken: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by BoxGuard. */
    box?: CallingBox;
  }
}
