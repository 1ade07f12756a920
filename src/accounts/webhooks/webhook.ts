/** Where a tenant wants its news sent. */
export interface Endpoint {
  id: string;
  tenantId: string;
  url: string;
  description: string;
  /** `job.succeeded`, `job.*` or `*`. */
  eventTypes: readonly string[];
  enabled: boolean;
  /** Why it is off when nobody switched it off. */
  disabledReason: 'failing' | 'gone' | null;
  /** Until when the secret before the last rotation signs beside the new one. */
  previousUntil: Date | null;
  failingSince: Date | null;
  lastSuccessAt: Date | null;
  createdAt: Date;
}

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

/** One message on its way to one endpoint. */
export interface Delivery {
  id: string;
  endpointId: string;
  messageId: string;
  type: string;
  status: DeliveryStatus;
  attempts: number;
  /** Null unless pending. */
  nextAttemptAt: Date | null;
  lastStatusCode: number | null;
  error: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

/** One try. An attempt without a row was cut off by the end of its process. */
export interface Attempt {
  number: number;
  at: Date;
  latencyMs: number;
  statusCode: number | null;
  /** The first bytes of the answer. */
  response: string | null;
  error: string | null;
}

/** A delivery that was taken for one attempt, with all that is needed to make it. */
export interface TakenDelivery {
  tenantId: string;
  deliveryId: string;
  endpointId: string;
  url: string;
  secretSealed: Buffer;
  /** The secret before, while both are valid. */
  previousSealed: Buffer | null;
  messageId: string;
  body: string;
  /** The number of this attempt. */
  attempt: number;
  /** Its number since the last replay, which decides the pause after it. */
  round: number;
}
