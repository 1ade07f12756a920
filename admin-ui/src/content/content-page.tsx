import { adminWords, Card, ErrorState, formatDateTime, LoadingRows, meQuery, PageFrame, Switch, toast, toProblem } from '@atelier/ui-kit';
import { getTenantExternal, getTenantModeration, putTenantExternal, putTenantModeration } from '@atelier/ui-kit/client';
import { queryOptions, useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Guarded } from '../page-states.js';

const w = adminWords.content;
const externalQuery = queryOptions({ queryKey: ['tenant', 'external'], queryFn: () => getTenantExternal() });
const rulesQuery = queryOptions({ queryKey: ['tenant', 'moderation'], queryFn: () => getTenantModeration() });

/** Where the workspace's content may go, and which prompts are let through. */
export default function ContentPage() {
  return (
    <Guarded right="moderation:read">
      <PageFrame title={adminWords.pages.content} about={w.about}>
        <div className="flex max-w-3xl flex-col gap-6">
          <Outside />
          <Rules />
        </div>
      </PageFrame>
    </Guarded>
  );
}

const useMayWrite = (): boolean => useSuspenseQuery(meQuery).data.permissions.includes('moderation:write');

function Outside() {
  const queries = useQueryClient();
  const mayWrite = useMayWrite();
  const { data, error } = useQuery(externalQuery);
  const { mutate } = useMutation({
    mutationFn: (allowed: boolean) => putTenantExternal({ body: { allowed } }),
    onSuccess: (view) => {
      queries.setQueryData(externalQuery.queryKey, view);
      toast(view.allowed ? w.agreed : w.withdrawn);
    },
    onError: (fault) => toast(toProblem(fault).message),
  });
  return (
    <Card title={w.outside}>
      {error && <ErrorState error={error} inline />}
      {!data && !error && <LoadingRows rows={1} />}
      {data && data.available.length === 0 && <p className="text-13 text-ink-soft">{w.noOutside}</p>}
      {data && data.available.length > 0 && (
        <>
          <Switch label={w.allow(data.available.join(', '))} hint={w.allowHint} checked={data.allowed} disabled={!mayWrite} onChange={mutate} />
          {data.updatedAt && <p className="mt-3 text-12 text-ink-faint">{w.since(formatDateTime(data.updatedAt))}</p>}
        </>
      )}
    </Card>
  );
}

function Rules() {
  const queries = useQueryClient();
  const mayWrite = useMayWrite();
  const { data, error } = useQuery(rulesQuery);
  const { mutate } = useMutation({
    mutationFn: ({ name, enabled }: { name: string; enabled: boolean }) =>
      putTenantModeration({ body: { rules: (data?.rules ?? []).map((rule) => (rule.name === name ? { ...rule, enabled } : rule)) } }),
    onSuccess: (view) => {
      queries.setQueryData(rulesQuery.queryKey, view);
      toast(w.ruleSaved);
    },
    onError: (fault) => toast(toProblem(fault).message),
  });
  return (
    <Card title={w.rules}>
      <p className="mb-4 text-13 text-ink-soft">{w.rulesAbout}</p>
      {error && <ErrorState error={error} inline />}
      {!data && !error && <LoadingRows rows={4} />}
      {data && data.rules.length === 0 && <p className="text-13 text-ink-soft">{w.noRules}</p>}
      <ul className="flex flex-col gap-4">
        {data?.rules.map(({ name, words: list, enabled = true }) => (
          <li key={name}>
            <Switch label={name} hint={w.wordsOf(list)} checked={enabled} disabled={!mayWrite} onChange={(on) => mutate({ name, enabled: on })} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
