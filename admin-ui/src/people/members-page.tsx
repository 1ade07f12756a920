import { adminWords, Badge, type Column, EmptyState, formatDateTime, type Member, paged, PagedList, PageFrame, Table, usePaged } from '@atelier/ui-kit';
import { getTenantMembers } from '@atelier/ui-kit/client';
import { Guarded } from '../page-states.js';

const w = adminWords.members;

const COLUMNS: readonly Column<Member>[] = [
  {
    key: 'name',
    header: w.name,
    rowHeader: true,
    cell: (member) => (
      <>
        {member.name}
        <span className="block text-13 font-normal text-ink-faint">{member.email}</span>
      </>
    ),
  },
  { key: 'role', header: w.role, cell: (member) => member.role },
  {
    key: 'status',
    header: w.status,
    from: 'tablet',
    cell: (member) => <Badge tone={member.status === 'active' ? 'good' : 'neutral'}>{w.statuses[member.status as 'active'] ?? member.status}</Badge>,
  },
  { key: 'since', header: w.since, numeric: true, from: 'tablet', cell: (member) => formatDateTime(member.createdAt) },
];

export default function MembersPage() {
  return (
    <Guarded right="member:read">
      <PageFrame title={adminWords.pages.members} about={w.about}>
        <Members />
      </PageFrame>
    </Guarded>
  );
}

const membersQuery = paged(['members'], (cursor) => getTenantMembers({ query: { limit: 50, cursor } }));

function Members() {
  const { rows, query } = usePaged(membersQuery);
  return (
    <PagedList rows={rows} query={query} empty={<EmptyState title={w.empty} />}>
      <Table caption={adminWords.pages.members} columns={COLUMNS} rows={rows} rowKey={({ userId }) => userId} />
    </PagedList>
  );
}
