import {
  Badge,
  Button,
  Card,
  ErrorState,
  Facts,
  faultsByField,
  Field,
  formatAgo,
  formatDateTime,
  Input,
  LoadingRows,
  meQuery,
  PageFrame,
  Segments,
  type SessionView,
  setAppearance,
  studioWords,
  Switch,
  THEMES,
  toast,
  toProblem,
  useAppearance,
  words,
} from '@atelier/ui-kit';
import { deleteUsersMeSessionsById, getUsersMeSessions, patchUsersMe } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Monitor, Terminal } from 'lucide-react';
import type { FormEvent } from 'react';

const w = studioWords.account;

export default function AccountPage() {
  return (
    <PageFrame title={studioWords.pages.account} about={w.about}>
      <div className="flex max-w-3xl flex-col gap-6">
        <Profile />
        <Sessions />
        <Appearance />
      </div>
    </PageFrame>
  );
}

function Profile() {
  const { data: me } = useSuspenseQuery(meQuery);
  const queries = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (name: string) => patchUsersMe({ body: { name } }),
    onSuccess: () => {
      toast(w.saved);
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
    },
  });
  const { fields } = faultsByField(error ? toProblem(error) : null, ['name']);
  const save = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    mutate(String(new FormData(event.currentTarget).get('name')).trim());
  };
  return (
    <Card title={w.profile}>
      <form onSubmit={save} noValidate className="flex flex-col gap-4">
        {error && !fields.name && <ErrorState error={error} inline />}
        <div className="flex items-end gap-2">
          <Field label={w.name} error={fields.name} className="flex-1">
            {(ids) => <Input {...ids} name="name" defaultValue={me.name} autoComplete="name" maxLength={80} />}
          </Field>
          <Button type="submit" busy={isPending}>
            {w.save}
          </Button>
        </div>
        <Facts
          rows={[
            [w.email, me.email],
            [w.workspace, me.tenant.name],
            [w.role, me.operator ? `${me.role}, operator` : me.role],
            [w.plan, me.tenant.plan],
          ]}
        />
      </form>
    </Card>
  );
}

const SESSIONS = ['sessions'];

function Sessions() {
  const { data, error, isPending, refetch } = useQuery({ queryKey: SESSIONS, queryFn: () => getUsersMeSessions({ query: { limit: 100 } }) });
  return (
    <Card title={w.sessions}>
      <p className="-mt-2 mb-3 text-13 text-ink-soft">{w.sessionsAbout}</p>
      {isPending && <LoadingRows rows={2} className="h-12" />}
      {error && <ErrorState error={error} onRetry={() => void refetch()} inline />}
      <ul className="divide-y divide-line">
        {data?.data.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
    </Card>
  );
}

function SessionRow({ session }: { session: SessionView }) {
  const queries = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => deleteUsersMeSessionsById({ path: { id: session.id } }),
    onSuccess: () => {
      toast(w.revoked);
      void queries.invalidateQueries({ queryKey: SESSIONS });
    },
  });
  const Icon = session.kind === 'token' ? Terminal : Monitor;
  return (
    <li className="flex flex-wrap items-center gap-3 py-3">
      <Icon aria-hidden className="size-5 text-ink-faint" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {session.device || w.unknownDevice}
          {session.current && <Badge tone="good">{w.thisSession}</Badge>}
        </p>
        <p className="num text-12 text-ink-faint">
          {[session.ip, w.lastSeen(formatAgo(session.lastUsedAt)), w.since(formatDateTime(session.createdAt))].filter(Boolean).join(' · ')}
        </p>
        {error && <ErrorState error={error} inline />}
      </div>
      {!session.current && (
        <Button size="small" busy={isPending} onClick={() => mutate()} aria-label={`${w.revoke}: ${session.device}`}>
          {w.revoke}
        </Button>
      )}
    </li>
  );
}

function Appearance() {
  const { theme, highContrast } = useAppearance();
  return (
    <Card title={w.appearance}>
      <div className="flex max-w-sm flex-col gap-4">
        <Segments
          label={words.shell.appearance}
          value={theme}
          options={THEMES.map((value) => ({ value, label: words.shell.themes[value] }))}
          onChange={(next) => setAppearance({ theme: next })}
        />
        <Switch label={words.shell.highContrast} checked={highContrast} onChange={(on) => setAppearance({ highContrast: on })} />
      </div>
    </Card>
  );
}
