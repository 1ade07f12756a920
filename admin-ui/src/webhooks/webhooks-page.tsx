import {
  adminWords,
  Badge,
  Button,
  ConfirmDialog,
  EmptyState,
  formatDateTime,
  meQuery,
  paged,
  PagedList,
  PageFrame,
  toast,
  toProblem,
  usePaged,
} from '@atelier/ui-kit';
import { deleteTenantWebhooksById, getTenantWebhooks, patchTenantWebhooksById, postTenantWebhooksByIdRotate, type WebhookDto } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Guarded } from '../page-states.js';
import { DeliveryLog } from './delivery-log.js';
import { EndpointForm, SecretDialog } from './endpoint-form.js';

const w = adminWords.webhooks;
const endpointsQuery = paged(['webhooks', 'endpoints'], (cursor) => getTenantWebhooks({ query: { limit: 25, cursor } }));

export default function WebhooksPage() {
  return (
    <Guarded right="webhook:read">
      <Webhooks />
    </Guarded>
  );
}

function Webhooks() {
  const mayWrite = useSuspenseQuery(meQuery).data.permissions.includes('webhook:write');
  const { rows, query } = usePaged(endpointsQuery);
  const [form, setForm] = useState<WebhookDto | 'new' | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [logOf, setLogOf] = useState<WebhookDto | null>(null);
  const add = mayWrite && (
    <Button kind="main" onClick={() => setForm('new')}>
      {w.add}
    </Button>
  );
  return (
    <PageFrame title={adminWords.pages.webhooks} about={w.about} action={rows.length > 0 && add}>
      <PagedList
        rows={rows}
        query={query}
        empty={
          <EmptyState title={w.empty} action={add}>
            {w.emptyText}
          </EmptyState>
        }
      >
        <ul className="flex flex-col gap-3">
          {rows.map((endpoint) => (
            <Endpoint
              key={endpoint.id}
              endpoint={endpoint}
              mayWrite={mayWrite}
              onLog={() => setLogOf(endpoint)}
              onEdit={() => setForm(endpoint)}
              onSecret={setSecret}
            />
          ))}
        </ul>
      </PagedList>
      {form && (
        <EndpointForm
          endpoint={form === 'new' ? null : form}
          onClose={() => setForm(null)}
          onMade={(made) => {
            setForm(null);
            setSecret(made);
          }}
        />
      )}
      {secret && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
      {logOf && <DeliveryLog endpoint={logOf} mayWrite={mayWrite} onClose={() => setLogOf(null)} />}
    </PageFrame>
  );
}

function StateBadge({ enabled, disabledReason, failingSince }: WebhookDto) {
  if (!enabled) return <Badge tone={disabledReason ? 'bad' : 'neutral'}>{disabledReason ? w.offReasons[disabledReason] : w.off}</Badge>;
  return <Badge tone={failingSince ? 'warn' : 'good'}>{failingSince ? w.failing : w.on}</Badge>;
}

interface EndpointProps {
  endpoint: WebhookDto;
  mayWrite: boolean;
  onLog: () => void;
  onEdit: () => void;
  onSecret: (secret: string) => void;
}

function Endpoint({ endpoint, mayWrite, onLog, onEdit, onSecret }: EndpointProps) {
  const { id, url, description, eventTypes, enabled, lastSuccessAt } = endpoint;
  const queries = useQueryClient();
  const [asking, setAsking] = useState<'rotate' | 'remove' | null>(null);
  const done = (): void => {
    setAsking(null);
    void queries.invalidateQueries({ queryKey: ['webhooks', 'endpoints'] });
  };
  const turn = useMutation({
    mutationFn: () => patchTenantWebhooksById({ path: { id }, body: { enabled: !enabled } }),
    onSuccess: done,
    onError: (fault) => toast(toProblem(fault).message),
  });
  const rotate = useMutation<unknown, Error, void>({
    mutationFn: async () => onSecret((await postTenantWebhooksByIdRotate({ path: { id }, body: {} })).secret),
    onSuccess: done,
  });
  const remove = useMutation<unknown, Error, void>({ mutationFn: () => deleteTenantWebhooksById({ path: { id } }), onSuccess: done });
  const close = (): void => setAsking(null);
  return (
    <li className="rounded-house border border-line bg-surface p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <StateBadge {...endpoint} />
        <span className="min-w-0 font-mono text-13 break-all">{url}</span>
      </div>
      {description && <p className="mt-1 text-13">{description}</p>}
      <p className="mt-1 text-13 text-ink-soft">
        {w.events}: {eventTypes.join(', ')}
      </p>
      <p className="mt-1 text-12 text-ink-faint">
        {w.lastSuccess}: {lastSuccessAt ? formatDateTime(lastSuccessAt) : w.never}
      </p>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button size="small" aria-label={w.openOf(url)} onClick={onLog}>
          {w.open}
        </Button>
        {mayWrite && (
          <>
            <Button size="small" aria-label={w.changeOf(url)} onClick={onEdit}>
              {w.change}
            </Button>
            <Button size="small" busy={turn.isPending} onClick={() => turn.mutate()}>
              {enabled ? w.switchOff : w.switchOn}
            </Button>
            <Button size="small" onClick={() => setAsking('rotate')}>
              {w.rotate}
            </Button>
            <Button size="small" onClick={() => setAsking('remove')}>
              {w.remove}
            </Button>
          </>
        )}
      </div>
      <ConfirmDialog open={asking === 'rotate'} onClose={close} title={w.rotateTitle} text={w.rotateText} verb={w.rotate} danger={false} action={rotate} />
      <ConfirmDialog open={asking === 'remove'} onClose={close} title={w.removeTitle} text={w.removeText} verb={w.remove} action={remove} />
    </li>
  );
}
