import {
  adminWords,
  Badge,
  Button,
  Dialog,
  EmptyState,
  ErrorState,
  formatDateTime,
  LoadingRows,
  paged,
  PagedList,
  toast,
  toProblem,
  type Tone,
  usePaged,
} from '@atelier/ui-kit';
import {
  getTenantWebhooksByIdDeliveries,
  getTenantWebhooksByIdDeliveriesByDeliveryId,
  postTenantWebhooksByIdDeliveriesByDeliveryIdReplay,
  postTenantWebhooksByIdReplay,
  postTenantWebhooksByIdTest,
  type WebhookDeliveryDto,
  type WebhookDto,
} from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

const w = adminWords.webhooks;
const TONES: Record<WebhookDeliveryDto['status'], Tone> = { delivered: 'good', pending: 'neutral', failed: 'bad' };
const LOOK_AGAIN_MS = 2000;
const KEPT_MS = 30 * 86_400_000;

const logQuery = (id: string) => ({
  ...paged(['webhooks', id, 'deliveries'], (cursor) => getTenantWebhooksByIdDeliveries({ path: { id }, query: { limit: 25, cursor } })),
  refetchInterval: LOOK_AGAIN_MS,
});

/** What was sent to one endpoint; each line opens to its body and every attempt. */
export function DeliveryLog({ endpoint, mayWrite, onClose }: { endpoint: WebhookDto; mayWrite: boolean; onClose: () => void }) {
  const { id, url, enabled } = endpoint;
  const queries = useQueryClient();
  const { rows, query } = usePaged(logQuery(id));
  const again = (): void => void queries.invalidateQueries({ queryKey: ['webhooks', id] });
  const onError = (fault: unknown): void => toast(toProblem(fault).message);
  const test = useMutation({ mutationFn: () => postTenantWebhooksByIdTest({ path: { id } }), onSuccess: again, onError });
  const replay = useMutation({
    mutationFn: () => postTenantWebhooksByIdReplay({ path: { id }, body: { since: new Date(Date.now() - KEPT_MS).toISOString() } }),
    onSuccess: ({ replayed }) => (again(), toast(w.replayed(replayed))),
    onError,
  });
  return (
    <Dialog open wide onClose={onClose} title={w.logTitle(new URL(url).host)} description={url}>
      {mayWrite && enabled && (
        <div className="mb-4 flex flex-wrap gap-2">
          <Button busy={test.isPending} onClick={() => test.mutate()}>
            {w.test}
          </Button>
          <Button busy={replay.isPending} onClick={() => replay.mutate()}>
            {w.replayFailed}
          </Button>
        </div>
      )}
      <PagedList rows={rows} query={query} empty={<EmptyState title={w.logEmpty} />}>
        <ul className="flex flex-col divide-y divide-line">
          {rows.map((delivery) => (
            <Line key={delivery.id} webhookId={id} delivery={delivery} mayReplay={mayWrite && enabled} onReplayed={again} />
          ))}
        </ul>
      </PagedList>
    </Dialog>
  );
}

interface LineProps {
  webhookId: string;
  delivery: WebhookDeliveryDto;
  mayReplay: boolean;
  onReplayed: () => void;
}

function Line({ webhookId, delivery, mayReplay, onReplayed }: LineProps) {
  const [open, setOpen] = useState(false);
  return (
    <li className="py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Badge tone={TONES[delivery.status]}>{w.statuses[delivery.status]}</Badge>
        <span className="font-mono text-13">{delivery.type}</span>
        <span className="num text-13 text-ink-soft">{formatDateTime(delivery.createdAt)}</span>
        <Button className="ml-auto" kind="quiet" size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
          {w.story(delivery.type)}
        </Button>
      </div>
      {delivery.error && <p className="mt-1 text-13 text-ink-soft">{delivery.error}</p>}
      {delivery.nextAttemptAt && delivery.error && <p className="mt-1 text-12 text-ink-faint">{w.next(formatDateTime(delivery.nextAttemptAt))}</p>}
      {open && <StoryOf webhookId={webhookId} delivery={delivery} mayReplay={mayReplay} onReplayed={onReplayed} />}
    </li>
  );
}

function StoryOf({ webhookId, delivery, mayReplay, onReplayed }: LineProps) {
  const path = { id: webhookId, deliveryId: delivery.id };
  const { data, error } = useQuery({
    queryKey: ['webhooks', webhookId, 'delivery', delivery.id, delivery.attempts, delivery.status],
    queryFn: () => getTenantWebhooksByIdDeliveriesByDeliveryId({ path }),
  });
  const replay = useMutation({
    mutationFn: () => postTenantWebhooksByIdDeliveriesByDeliveryIdReplay({ path }),
    onSuccess: onReplayed,
    onError: (fault) => toast(toProblem(fault).message),
  });
  if (error) return <ErrorState error={error} inline />;
  if (!data) return <LoadingRows rows={2} />;
  return (
    <div className="mt-2 flex flex-col gap-3 rounded-house bg-sunk p-3">
      <Text label={w.sent} text={data.body} />
      {data.attemptLog.map(({ number, latencyMs, statusCode, response }) => (
        <div key={number}>
          <p className="num text-13 font-medium">
            {w.attempt(number, latencyMs)}: {statusCode ?? w.noAnswer}
          </p>
          {response && <Text label={w.answer} text={response} />}
        </div>
      ))}
      {mayReplay && (
        <Button size="small" className="self-start" busy={replay.isPending} onClick={() => replay.mutate()}>
          {w.replay}
        </Button>
      )}
    </div>
  );
}

function Text({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <p className="text-12 text-ink-soft">{label}</p>
      <p className="font-mono text-12 break-all whitespace-pre-wrap">{text}</p>
    </div>
  );
}
