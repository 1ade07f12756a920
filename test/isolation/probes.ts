import type { Person } from '../support/app.js';

/** What tenant B owns; tenant A tries to reach each of these. */
export interface Belongings {
  person: Person;
  jobId: string;
  assetId: string;
  keyId: string;
  sessionId: string;
  exportId: string;
  scheduleId: string;
  uploadId: string;
  modelId: string;
  importId: string;
  webhookId: string;
  deliveryId: string;
  budgetId: string;
  increaseId: string;
  purchaseId: string;
}

export type Probe =
  /** A asks for B's thing by its id: 404, nothing of B in the answer, nothing of B changed. */
  | { kind: 'foreign'; path: (b: Belongings) => string; body?: (b: Belongings) => object }
  /** A's own request names B's thing in its body: 404 or 422, nothing of B. */
  | { kind: 'body'; path: string; body: (b: Belongings) => object }
  /** A list or a singleton of A's own: 200, nothing of B in it. */
  | { kind: 'own'; path: string; body?: object }
  /** Needs the payment service, which is not set up here: 503, and the answer says so. */
  | { kind: 'off'; path: string; body: object }
  /** For operators: A gets 403. */
  | { kind: 'operator'; path: (b: Belongings) => string; body?: object }
  /** Wants a secret of that one thing, whoever asks: without it 404, as if there were no such thing. */
  | { kind: 'secret'; path: (b: Belongings) => string }
  /** Speaks with a box token only: A's token gets 401. */
  | { kind: 'box'; path: string }
  /** Answers about nobody, or about the sender of a secret only; why that is so. */
  | { kind: 'public'; path: string; why: string; body?: object };

const foreign = (path: (b: Belongings) => string, body?: (b: Belongings) => object): Probe => ({ kind: 'foreign', path, ...(body ? { body } : {}) });
const body = (path: string, makeBody: (b: Belongings) => object): Probe => ({ kind: 'body', path, body: makeBody });
const own = (path: string, ownBody?: object): Probe => ({ kind: 'own', path, ...(ownBody ? { body: ownBody } : {}) });
const off = (path: string, offBody: object): Probe => ({ kind: 'off', path, body: offBody });
const operator = (path: (b: Belongings) => string, operatorBody?: object): Probe => ({
  kind: 'operator',
  path,
  ...(operatorBody ? { body: operatorBody } : {}),
});
const box = (path: string): Probe => ({ kind: 'box', path });
const open = (path: string, why: string, openBody?: object): Probe => ({ kind: 'public', path, why, ...(openBody ? { body: openBody } : {}) });

const NOBODY = { email: 'nobody@atelier.test', password: 'a long enough passphrase' };

/** Every route of the program, each with its cross-tenant probe. The suite fails when a route is missing here. */
export const PROBES: Record<string, Probe> = {
  'POST /auth/register': open('/auth/register', 'makes a new tenant', { ...NOBODY, email: 'x' }),
  'POST /auth/login': open('/auth/login', 'needs the password', NOBODY),
  'POST /auth/refresh': open('/auth/refresh', 'needs the refresh token', { refreshToken: 'atl_refresh_nothing' }),
  'POST /auth/forgot-password': open('/auth/forgot-password', 'answers the same for everybody', { email: NOBODY.email }),
  'POST /auth/reset-password': open('/auth/reset-password', 'needs a mailed token', { token: 'nothing-of-the-kind-0000000000000', password: NOBODY.password }),
  'POST /auth/verify-email': open('/auth/verify-email', 'needs a mailed token', { token: 'nothing-of-the-kind-0000000000000' }),
  'POST /auth/logout': own('/auth/logout', {}),

  'GET /users/me': own('/users/me'),
  'PATCH /users/me': own('/users/me', { name: 'Ada' }),
  'PUT /users/me': own('/users/me', { name: 'Ada' }),
  'GET /users/me/sessions': own('/users/me/sessions'),
  'DELETE /users/me/sessions': own('/users/me/sessions'),
  'DELETE /users/me/sessions/:id': foreign((b) => `/users/me/sessions/${b.sessionId}`),
  'GET /users/:id': foreign((b) => `/users/${b.person.userId}`),
  'GET /users/:id/generations': foreign((b) => `/users/${b.person.userId}/generations`),

  'GET /tenant': own('/tenant'),
  'PATCH /tenant': own('/tenant', { name: 'Ada and daughters' }),
  'GET /tenant/members': own('/tenant/members'),
  'PATCH /tenant/members/:userId': foreign(
    (b) => `/tenant/members/${b.person.userId}`,
    () => ({ role: 'viewer' }),
  ),
  'DELETE /tenant/members/:userId': foreign((b) => `/tenant/members/${b.person.userId}`),
  'GET /tenant/roles': own('/tenant/roles'),
  'GET /tenant/audit': own('/tenant/audit'),
  'GET /tenant/audit/verify': own('/tenant/audit/verify'),
  'GET /tenant/moderation': own('/tenant/moderation'),
  'PUT /tenant/moderation': own('/tenant/moderation', { rules: [] }),
  'GET /tenant/external': own('/tenant/external'),
  'PUT /tenant/external': own('/tenant/external', { allowed: true }),
  'POST /webhooks/external': open('/webhooks/external', 'needs the signature of the outside service', {}),

  'GET /api-keys': own('/api-keys'),
  'POST /api-keys': own('/api-keys', { name: 'mine', scopes: ['job:read'] }),
  'PATCH /api-keys/:id': foreign(
    (b) => `/api-keys/${b.keyId}`,
    () => ({ name: 'stolen' }),
  ),
  'POST /api-keys/:id/rotate': foreign(
    (b) => `/api-keys/${b.keyId}/rotate`,
    () => ({}),
  ),
  'DELETE /api-keys/:id': foreign((b) => `/api-keys/${b.keyId}`),

  'GET /tenant/webhooks': own('/tenant/webhooks'),
  'GET /tenant/webhooks/event-types': own('/tenant/webhooks/event-types'),
  'POST /tenant/webhooks': own('/tenant/webhooks', { url: 'https://hooks.example/atelier', eventTypes: ['job.*'], enabled: false }),
  'GET /tenant/webhooks/:id': foreign((b) => `/tenant/webhooks/${b.webhookId}`),
  'PATCH /tenant/webhooks/:id': foreign(
    (b) => `/tenant/webhooks/${b.webhookId}`,
    () => ({ url: 'https://thief.example/' }),
  ),
  'DELETE /tenant/webhooks/:id': foreign((b) => `/tenant/webhooks/${b.webhookId}`),
  'POST /tenant/webhooks/:id/rotate': foreign(
    (b) => `/tenant/webhooks/${b.webhookId}/rotate`,
    () => ({}),
  ),
  'POST /tenant/webhooks/:id/test': foreign((b) => `/tenant/webhooks/${b.webhookId}/test`),
  'POST /tenant/webhooks/:id/replay': foreign(
    (b) => `/tenant/webhooks/${b.webhookId}/replay`,
    () => ({ since: '2026-01-01T00:00:00Z' }),
  ),
  'GET /tenant/webhooks/:id/deliveries': foreign((b) => `/tenant/webhooks/${b.webhookId}/deliveries`),
  'GET /tenant/webhooks/:id/deliveries/:deliveryId': foreign((b) => `/tenant/webhooks/${b.webhookId}/deliveries/${b.deliveryId}`),
  'POST /tenant/webhooks/:id/deliveries/:deliveryId/replay': foreign((b) => `/tenant/webhooks/${b.webhookId}/deliveries/${b.deliveryId}/replay`),

  'GET /billing/plan': own('/billing/plan'),
  'GET /billing/credits': own('/billing/credits'),
  'PATCH /billing/credits': own('/billing/credits', { lowBelow: '10' }),
  'GET /billing/ledger': own('/billing/ledger'),
  'POST /exports': own('/exports', { format: 'csv', from: '2026-01-01', to: '2026-01-31' }),
  'GET /exports': own('/exports'),
  'GET /exports/:id': foreign((b) => `/exports/${b.exportId}`),
  'GET /exports/schedules': own('/exports/schedules'),
  'POST /exports/schedules': own('/exports/schedules', { format: 'csv', every: 'month' }),
  'DELETE /exports/schedules/:id': foreign((b) => `/exports/schedules/${b.scheduleId}`),
  'GET /billing/offers': own('/billing/offers'),
  'POST /billing/credits/purchase': off('/billing/credits/purchase', { pack: '500' }),
  'GET /billing/credits/purchases': own('/billing/credits/purchases'),
  'GET /billing/credits/purchases/:id': foreign((b) => `/billing/credits/purchases/${b.purchaseId}`),
  'GET /billing/subscription': own('/billing/subscription'),
  'POST /billing/subscribe': off('/billing/subscribe', { plan: 'pro' }),
  'POST /billing/subscribe/preview': off('/billing/subscribe/preview', { plan: 'pro' }),
  'POST /billing/subscription/pause': off('/billing/subscription/pause', {}),
  'POST /billing/subscription/resume': off('/billing/subscription/resume', {}),
  'POST /billing/portal': off('/billing/portal', {}),
  'GET /billing/top-up': own('/billing/top-up'),
  'PUT /billing/top-up': off('/billing/top-up', { enabled: false, threshold: '100', pack: '500', dayMaxMicros: '50000000', coolDownMinutes: 10 }),
  'GET /billing/invoices': own('/billing/invoices'),
  'POST /webhooks/stripe': open('/webhooks/stripe', 'needs the signature of the payment service', {}),
  'GET /billing/usage': own('/billing/usage?groupBy=job&timeZone=UTC'),
  'GET /budgets': own('/budgets'),
  'POST /budgets': body('/budgets', (b) => ({ scope: 'user', subjectId: b.person.userId, period: 'day', limit: '5' })),
  'GET /budgets/alerts': own('/budgets/alerts'),
  'GET /budgets/increases': own('/budgets/increases'),
  'POST /budgets/increases/:id/decision': foreign(
    (b) => `/budgets/increases/${b.increaseId}/decision`,
    () => ({ approved: true }),
  ),
  'POST /budgets/rehearsals': body('/budgets/rehearsals', (b) => ({ scope: 'key', subjectId: b.keyId, period: 'day', limit: '5' })),
  'GET /budgets/:id': foreign((b) => `/budgets/${b.budgetId}`),
  'PATCH /budgets/:id': foreign(
    (b) => `/budgets/${b.budgetId}`,
    () => ({ limit: '1' }),
  ),
  'DELETE /budgets/:id': foreign((b) => `/budgets/${b.budgetId}`),
  'GET /budgets/:id/history': foreign((b) => `/budgets/${b.budgetId}/history`),
  'POST /budgets/:id/increases': foreign(
    (b) => `/budgets/${b.budgetId}/increases`,
    () => ({ credits: '1', reason: 'probing' }),
  ),
  'GET /operator/plans': operator(() => '/operator/plans'),
  'POST /operator/plans': operator(() => '/operator/plans', {}),
  'GET /operator/price-lists': operator(() => '/operator/price-lists'),
  'POST /operator/price-lists': operator(() => '/operator/price-lists', {}),
  'GET /operator/rate-cards': operator(() => '/operator/rate-cards'),
  'POST /operator/rate-cards': operator(() => '/operator/rate-cards', {}),
  'GET /operator/margins': operator(() => '/operator/margins'),
  'GET /operator/gpu-alarms': operator(() => '/operator/gpu-alarms'),
  'POST /operator/gpu-alarms': operator(() => '/operator/gpu-alarms', {}),
  'DELETE /operator/gpu-alarms/:id': operator(() => '/operator/gpu-alarms/gal_01k00000000000000000000000'),
  'GET /operator/price-simulations': operator(() => '/operator/price-simulations'),
  'POST /operator/price-simulations': operator(() => '/operator/price-simulations', {}),
  'GET /operator/price-simulations/:id': operator(() => '/operator/price-simulations/sim_01k00000000000000000000000'),
  'PATCH /operator/price-simulations/:id': operator(() => '/operator/price-simulations/sim_01k00000000000000000000000', {}),
  'GET /operator/tenants': operator(() => '/operator/tenants'),
  'GET /operator/mail': operator(() => '/operator/mail'),
  'POST /operator/tenants/:id/plan': operator((b) => `/operator/tenants/${b.person.tenantId}/plan`, { plan: 'free' }),
  'POST /operator/tenants/:id/charges': operator((b) => `/operator/tenants/${b.person.tenantId}/charges`, {
    category: 'purchase',
    amountMicros: '1000000',
    description: 'a pack',
  }),
  'POST /operator/tenants/:id/grants': operator((b) => `/operator/tenants/${b.person.tenantId}/grants`, { credits: '1', reason: 'theft' }),
  'POST /operator/tenants/:id/suspend': operator((b) => `/operator/tenants/${b.person.tenantId}/suspend`, { suspended: true }),

  'GET /fleet/pools': operator(() => '/fleet/pools'),
  'POST /fleet/pools': operator(() => '/fleet/pools', {}),
  'PATCH /fleet/pools/:id': operator(() => '/fleet/pools/pool_01k00000000000000000000000', {}),
  'POST /fleet/pools/:id/secret': operator(() => '/fleet/pools/pool_01k00000000000000000000000/secret', {}),
  'GET /fleet/boxes': operator(() => '/fleet/boxes'),
  'POST /fleet/boxes': operator(() => '/fleet/boxes', {}),
  'POST /fleet/boxes/:id/drain': operator(() => '/fleet/boxes/box_01k00000000000000000000000/drain', {}),
  'POST /fleet/boxes/:id/stop': operator(() => '/fleet/boxes/box_01k00000000000000000000000/stop', {}),
  'GET /fleet/lanes': operator(() => '/fleet/lanes'),
  'GET /fleet/metrics': operator(() => '/fleet/metrics'),
  'POST /agent/register': open('/agent/register', 'needs the bootstrap secret of a pool and a proof', {}),
  'POST /agent/lease': box('/agent/lease'),
  'POST /agent/heartbeat': box('/agent/heartbeat'),
  'POST /agent/complete': box('/agent/complete'),
  'POST /agent/release': box('/agent/release'),

  'POST /jobs': body('/jobs', (b) => ({ operation: 'upscale', parameters: { image: b.assetId, factor: 2 } })),
  'POST /estimates': body('/estimates', (b) => ({ operation: 'upscale', parameters: { image: b.assetId, factor: 2 } })),
  'GET /jobs': own('/jobs?scope=tenant'),
  'GET /jobs/history': own('/jobs/history?scope=tenant'),
  'GET /jobs/:id': foreign((b) => `/jobs/${b.jobId}`),
  'GET /jobs/:id/status': foreign((b) => `/jobs/${b.jobId}/status`),
  'GET /jobs/:id/outputs': foreign((b) => `/jobs/${b.jobId}/outputs`),
  'GET /jobs/:id/log': foreign((b) => `/jobs/${b.jobId}/log`),
  'GET /jobs/:id/explain': foreign((b) => `/jobs/${b.jobId}/explain`),
  'GET /jobs/:id/events': foreign((b) => `/jobs/${b.jobId}/events`),
  'DELETE /jobs/:id': foreign((b) => `/jobs/${b.jobId}`),
  'POST /generate/txt2img': own('/generate/txt2img', { prompt: 'a quiet harbour', width: 64, height: 64, steps: 1 }),
  'POST /generate/img2img': body('/generate/img2img', (b) => ({ prompt: 'x', image: b.assetId })),
  'POST /generate/inpaint': body('/generate/inpaint', (b) => ({ prompt: 'x', image: b.assetId, mask: b.assetId })),
  'POST /generate/outpaint': body('/generate/outpaint', (b) => ({ prompt: 'x', image: b.assetId, left: 8 })),
  'POST /generate/video': body('/generate/video', (b) => ({ image: b.assetId })),
  'POST /generate/upscale': body('/generate/upscale', (b) => ({ image: b.assetId, factor: 2 })),
  'POST /visual/segment': body('/visual/segment', (b) => ({ image: b.assetId, points: [{ x: 1, y: 1 }] })),
  'POST /visual/segment/sessions': body('/visual/segment/sessions', (b) => ({ image: b.assetId })),
  'GET /visual/segment/sessions/:id': foreign((b) => `/visual/segment/sessions/${b.jobId}`),
  'POST /visual/segment/sessions/:id/clicks': foreign(
    (b) => `/visual/segment/sessions/${b.jobId}/clicks`,
    () => ({ points: [{ x: 1, y: 1 }] }),
  ),
  'DELETE /visual/segment/sessions/:id': foreign((b) => `/visual/segment/sessions/${b.jobId}`),
  'POST /visual/inpaint': body('/visual/inpaint', (b) => ({ image: b.assetId, mask: b.assetId })),
  'POST /visual/smart-remove': body('/visual/smart-remove', (b) => ({ image: b.assetId, points: [{ x: 1, y: 1 }] })),
  'POST /visual/matte': body('/visual/matte', (b) => ({ image: b.assetId })),
  'POST /visual/face-restore': body('/visual/face-restore', (b) => ({ image: b.assetId })),
  'POST /visual/interpolate': body('/visual/interpolate', (b) => ({ video: b.assetId, targetFps: 30 })),
  'POST /visual/mask': body('/visual/mask', (b) => ({ image: b.assetId, steps: [{ op: 'invert' }] })),
  'POST /visual/analyze': body('/visual/analyze', (b) => ({ image: b.assetId, what: 'depth' })),
  'POST /visual/propagate-mask': body('/visual/propagate-mask', (b) => ({ video: b.assetId, mask: b.assetId })),
  'POST /visual/remove-background': body('/visual/remove-background', (b) => ({ image: b.assetId })),

  'GET /assets': own('/assets?scope=tenant'),
  'POST /assets': own('/assets'),
  'GET /assets/:id': foreign((b) => `/assets/${b.assetId}`),
  'PATCH /assets/:id': foreign(
    (b) => `/assets/${b.assetId}`,
    () => ({ visibility: 'tenant' }),
  ),
  'DELETE /assets/:id': foreign((b) => `/assets/${b.assetId}`),
  'GET /assets/:id/content': foreign((b) => `/assets/${b.assetId}/content`),
  'POST /assets/:id/upscale': foreign(
    (b) => `/assets/${b.assetId}/upscale`,
    () => ({ factor: 2 }),
  ),
  'POST /assets/:id/variations': foreign(
    (b) => `/assets/${b.assetId}/variations`,
    () => ({ prompt: 'x' }),
  ),
  'POST /assets/:id/report': foreign(
    (b) => `/assets/${b.assetId}/report`,
    () => ({ reason: 'other', details: 'probing' }),
  ),
  'POST /uploads': own('/uploads', { filename: 'a.png', size: 100, contentType: 'image/png', purpose: 'input' }),
  'PUT /uploads/:id/content': { kind: 'secret', path: (b) => `/uploads/${b.uploadId}/content` },
  'POST /uploads/:id/complete': foreign(
    (b) => `/uploads/${b.uploadId}/complete`,
    () => ({}),
  ),
  'GET /storage/stats': own('/storage/stats'),

  'GET /models': own('/models'),
  'GET /models/search': own('/models/search'),
  'GET /models/:id': foreign((b) => `/models/${b.modelId}`),
  'GET /models/:id/versions': foreign((b) => `/models/${b.modelId}/versions`),
  'DELETE /models/:id': foreign((b) => `/models/${b.modelId}`),
  'POST /models': body('/models', (b) => ({ url: 'https://models.example/a.safetensors', modelId: b.modelId })),
  'POST /models/upload': body('/models/upload', (b) => ({ filename: 'a.safetensors', size: 10, modelId: b.modelId })),
  'PATCH /models/:id': foreign(
    (b) => `/models/${b.modelId}`,
    () => ({ name: 'stolen' }),
  ),
  'POST /models/:id/rollback': foreign(
    (b) => `/models/${b.modelId}/rollback`,
    () => ({ version: 1 }),
  ),
  'GET /models/:id/preview': foreign((b) => `/models/${b.modelId}/preview`),
  'PUT /models/:id/preview': foreign((b) => `/models/${b.modelId}/preview`),
  'GET /models/:id/thermal': foreign((b) => `/models/${b.modelId}/thermal`),
  'PUT /models/:id/thermal': foreign(
    (b) => `/models/${b.modelId}/thermal`,
    () => ({ mode: 'OFF' }),
  ),
  'GET /models/imports': own('/models/imports'),
  'GET /models/imports/:id': foreign((b) => `/models/imports/${b.importId}`),
  'PUT /models/imports/:id/parts/:n': foreign((b) => `/models/imports/${b.importId}/parts/1`),
  'POST /models/imports/:id/complete': foreign(
    (b) => `/models/imports/${b.importId}/complete`,
    () => ({}),
  ),
  'DELETE /models/imports/:id': foreign((b) => `/models/imports/${b.importId}`),
  'GET /loras': own('/loras'),
  'GET /loras/search': own('/loras/search'),
  'GET /loras/:id': foreign((b) => `/loras/${b.modelId}`),
  'GET /loras/:id/versions': foreign((b) => `/loras/${b.modelId}/versions`),
  'DELETE /loras/:id': foreign((b) => `/loras/${b.modelId}`),
  'POST /loras': body('/loras', (b) => ({ url: 'https://models.example/a.safetensors', modelId: b.modelId })),
  'POST /loras/upload': body('/loras/upload', (b) => ({ filename: 'a.safetensors', size: 10, modelId: b.modelId })),
  'GET /embeddings': own('/embeddings'),
  'GET /embeddings/search': own('/embeddings/search'),
  'GET /embeddings/:id': foreign((b) => `/embeddings/${b.modelId}`),
  'GET /embeddings/:id/versions': foreign((b) => `/embeddings/${b.modelId}/versions`),
  'DELETE /embeddings/:id': foreign((b) => `/embeddings/${b.modelId}`),
  'POST /embeddings': body('/embeddings', (b) => ({ url: 'https://models.example/a.safetensors', modelId: b.modelId })),
  'POST /embeddings/upload': body('/embeddings/upload', (b) => ({ filename: 'a.safetensors', size: 10, modelId: b.modelId })),
  'POST /operator/models/:slug/files': operator(() => '/operator/models/lama/files', { file: 'lama.onnx', size: 10 }),
  'GET /operator/licences': operator(() => '/operator/licences'),
  'PUT /operator/licences': operator(() => '/operator/licences', { allowed: true, reason: 'because I say so' }),

  'GET /health/live': open('/health/live', 'says that the process lives'),
  'GET /health/ready': open('/health/ready', 'says whether a job would be accepted'),
  'GET /metrics': open('/metrics', 'sums over all tenants, no label names one'),
};

/** `GET /events` and the socket doors stream for as long as they are open; `sockets.spec.ts` probes them. */
export const STREAMS = ['GET /events'];
