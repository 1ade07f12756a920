import {
  adminWords,
  Badge,
  type Column,
  EmptyState,
  Field,
  formatDateTime,
  formatNumber,
  IconButton,
  Input,
  Menu,
  MenuItem,
  meQuery,
  type OperatorTenant,
  paged,
  PagedList,
  PageFrame,
  Table,
  usePaged,
} from '@atelier/ui-kit';
import { getOperatorTenants } from '@atelier/ui-kit/client';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Building2, Coins, Ellipsis, Layers } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Guarded } from '../page-states.js';
import { GrantDialog } from './grant-dialog.js';
import { PlanDialog } from './plan-dialog.js';

const w = adminWords.tenants;

type Doing = { what: 'plan' | 'grant'; tenant: OperatorTenant } | null;

export default function TenantsPage() {
  return (
    <Guarded right="operator:tenants">
      <PageFrame title={adminWords.pages.tenants} about={w.about}>
        <SearchField />
        <Tenants />
      </PageFrame>
    </Guarded>
  );
}

function SearchField() {
  const { q } = useSearch({ from: '/tenants' });
  const navigate = useNavigate();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    void navigate({ to: '/tenants', search: { q: String(new FormData(event.currentTarget).get('q')).trim() || undefined } });
  };
  return (
    <form key={q} role="search" onSubmit={submit} className="mb-4 max-w-sm">
      <Field label={w.search}>{(ids) => <Input {...ids} name="q" type="search" defaultValue={q} />}</Field>
    </form>
  );
}

function columnsWith(onDo: (doing: Doing) => void, may: (right: 'operator:plans' | 'operator:grants') => boolean): readonly Column<OperatorTenant>[] {
  return [
    {
      key: 'name',
      header: w.name,
      rowHeader: true,
      cell: (tenant) => (
        <>
          {tenant.name}
          {tenant.suspendedAt && (
            <span className="ml-2 inline-block">
              <Badge tone="bad">{w.suspended}</Badge>
            </span>
          )}
          <span className="block text-13 font-normal text-ink-faint">{tenant.ownerEmail}</span>
        </>
      ),
    },
    { key: 'plan', header: w.plan, cell: (tenant) => tenant.plan },
    { key: 'members', header: w.members, numeric: true, from: 'tablet', cell: (tenant) => formatNumber(tenant.members) },
    { key: 'since', header: w.since, numeric: true, from: 'desktop', cell: (tenant) => formatDateTime(tenant.createdAt) },
    {
      key: 'act',
      header: w.act,
      numeric: true,
      cell: (tenant) => (
        <Menu trigger={<IconButton label={`${w.act}: ${tenant.name}`} kind="plain" size="small" icon={<Ellipsis aria-hidden className="size-4" />} />}>
          <MenuItem
            disabled={!may('operator:plans')}
            icon={<Layers aria-hidden className="size-4" />}
            onSelect={() => setTimeout(() => onDo({ what: 'plan', tenant }))}
          >
            {w.setPlan}
          </MenuItem>
          <MenuItem
            disabled={!may('operator:grants')}
            icon={<Coins aria-hidden className="size-4" />}
            onSelect={() => setTimeout(() => onDo({ what: 'grant', tenant }))}
          >
            {w.grant}
          </MenuItem>
        </Menu>
      ),
    },
  ];
}

const tenantsQuery = (search: string | undefined) => paged(['tenants', search], (cursor) => getOperatorTenants({ query: { limit: 50, search, cursor } }));

function Tenants() {
  const { q } = useSearch({ from: '/tenants' });
  const { data: me } = useSuspenseQuery(meQuery);
  const [doing, setDoing] = useState<Doing>(null);
  const { rows, query } = usePaged(tenantsQuery(q));
  return (
    <>
      <PagedList rows={rows} query={query} empty={<EmptyState icon={<Building2 aria-hidden />} title={w.empty} />}>
        <Table
          caption={adminWords.pages.tenants}
          columns={columnsWith(setDoing, (right) => me.permissions.includes(right))}
          rows={rows}
          rowKey={({ id }) => id}
        />
      </PagedList>
      <PlanDialog tenant={doing?.what === 'plan' ? doing.tenant : null} onClose={() => setDoing(null)} />
      <GrantDialog tenant={doing?.what === 'grant' ? doing.tenant : null} onClose={() => setDoing(null)} />
    </>
  );
}
