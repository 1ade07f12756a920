import {
  type ApiKeyView,
  Badge,
  Button,
  buttonClass,
  Card,
  type Column,
  ConfirmDialog,
  EmptyState,
  ErrorState,
  formatAgo,
  formatDateTime,
  LoadingRows,
  meQuery,
  PageFrame,
  planQuery,
  studioWords,
  Table,
  toast,
  toProblem,
} from '@atelier/ui-kit';
import { deleteApiKeysById, getApiKeys } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { CreateKeyDialog } from './create-key-dialog.js';

const w = studioWords.keys;
const KEYS = ['keys'];

export default function KeysPage() {
  const { data: me } = useSuspenseQuery(meQuery);
  const plan = useQuery(planQuery);
  const { data, error, isPending, refetch } = useQuery({ queryKey: KEYS, queryFn: () => getApiKeys({ query: { limit: 100 } }) });
  const [creating, setCreating] = useState(false);
  const locked = plan.data?.limits.apiKeys === false || (error && toProblem(error).code === 'plan_required');
  const keys = data?.data ?? [];
  const create = (
    <Button kind="main" icon={<Plus aria-hidden className="size-4" />} onClick={() => setCreating(true)}>
      {w.create}
    </Button>
  );
  return (
    <PageFrame title={studioWords.pages.keys} about={w.about} action={!locked && me.permissions.includes('key:write') && keys.length > 0 && create}>
      {locked ? (
        <EmptyState
          icon={<KeyRound aria-hidden />}
          title={w.planTitle}
          action={
            me.permissions.includes('billing:read') && (
              <a href="/admin/plan" className={buttonClass('plain')}>
                {w.plans}
              </a>
            )
          }
        >
          {w.planText(plan.data?.name ?? me.tenant.plan)}
        </EmptyState>
      ) : (
        <>
          {isPending && <LoadingRows rows={3} className="h-12" />}
          {error && <ErrorState error={error} onRetry={() => void refetch()} />}
          {data && keys.length === 0 && (
            <EmptyState icon={<KeyRound aria-hidden />} title={w.empty} action={create}>
              {w.emptyText}
            </EmptyState>
          )}
          {keys.length > 0 && <Keys keys={keys} />}
        </>
      )}
      <CreateKeyDialog open={creating} onClose={() => setCreating(false)} />
    </PageFrame>
  );
}

const dead = (key: ApiKeyView): boolean => key.revokedAt !== null || (key.expiresAt !== null && new Date(key.expiresAt) < new Date());

function Keys({ keys }: { keys: readonly ApiKeyView[] }) {
  const [revoking, setRevoking] = useState<ApiKeyView | null>(null);
  const columns: readonly Column<ApiKeyView>[] = [
    {
      key: 'name',
      header: w.name,
      rowHeader: true,
      cell: (key) => (
        <>
          {key.name}
          <span className="block font-mono text-12 font-normal text-ink-faint">{key.prefix}…</span>
        </>
      ),
    },
    {
      key: 'rights',
      header: w.rights,
      from: 'desktop',
      cell: (key) => (
        <span className="text-13 text-ink-soft">{key.scopes.map((scope) => w.scopeNames[scope as keyof typeof w.scopeNames] ?? scope).join(', ')}</span>
      ),
    },
    { key: 'used', header: w.lastUsed, numeric: true, from: 'tablet', cell: (key) => (key.lastUsedAt ? formatAgo(key.lastUsedAt) : w.never) },
    { key: 'expires', header: w.expires, numeric: true, from: 'tablet', cell: (key) => (key.expiresAt ? formatDateTime(key.expiresAt) : w.noExpiry) },
    {
      key: 'act',
      header: w.revoke,
      numeric: true,
      cell: (key) =>
        dead(key) ? (
          <Badge>{w.isRevoked}</Badge>
        ) : (
          <Button size="small" onClick={() => setRevoking(key)} aria-label={`${w.revoke}: ${key.name}`}>
            {w.revoke}
          </Button>
        ),
    },
  ];
  return (
    <Card>
      <Table caption={studioWords.pages.keys} columns={columns} rows={keys} rowKey={({ id }) => id} />
      <RevokeDialog target={revoking} onClose={() => setRevoking(null)} />
    </Card>
  );
}

function RevokeDialog({ target, onClose }: { target: ApiKeyView | null; onClose: () => void }) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => deleteApiKeysById({ path: { id: target!.id } }),
    onSuccess: () => {
      toast(w.revoked);
      void queries.invalidateQueries({ queryKey: KEYS });
      onClose();
    },
  });
  return (
    <ConfirmDialog open={target !== null} onClose={onClose} title={w.revokeTitle(target?.name ?? '')} text={w.revokeText} verb={w.revoke} action={revoke} />
  );
}
