import {
  adminWords,
  Badge,
  type BudgetView,
  Button,
  Card,
  type Column,
  ConfirmDialog,
  creditsWithUnit,
  EmptyState,
  formatCredits,
  formatDateTime,
  IncreaseDialog,
  meQuery,
  MoreButton,
  PagedList,
  PageFrame,
  ProgressBar,
  Table,
  toast,
  toProblem,
  usePaged,
  words,
} from '@atelier/ui-kit';
import { deleteBudgetsById, postBudgetsIncreasesByIdDecision } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Wallet } from 'lucide-react';
import { useState } from 'react';
import { Guarded } from '../page-states.js';
import { BudgetDialog } from './budget-dialog.js';
import { BudgetHistoryDialog } from './budget-history.js';
import { LowBalance } from './low-balance.js';
import { alertsQuery, budgetsQuery, increasesQuery } from './budgets.js';

const w = adminWords.budgets;

export default function BudgetsPage() {
  return (
    <Guarded right="budget:read">
      <Budgets />
    </Guarded>
  );
}

type Open = { what: 'add' } | { what: 'change' | 'history' | 'delete' | 'ask'; budget: BudgetView } | null;

function Budgets() {
  const { permissions } = useSuspenseQuery(meQuery).data;
  const mayWrite = permissions.includes('budget:write');
  const mayAsk = !mayWrite && permissions.includes('budget:ask');
  const [open, setOpen] = useState<Open>(null);
  const { rows, query } = usePaged(budgetsQuery);
  const close = (): void => setOpen(null);
  const add = mayWrite && (
    <Button kind="main" onClick={() => setOpen({ what: 'add' })}>
      {w.add}
    </Button>
  );
  const columns: readonly Column<BudgetView>[] = [
    ...COLUMNS,
    {
      key: 'actions',
      header: w.actions,
      numeric: true,
      cell: (budget) => (
        <span className="flex flex-wrap justify-end gap-1">
          <Button kind="quiet" size="small" aria-label={`${w.history}: ${budget.name}`} onClick={() => setOpen({ what: 'history', budget })}>
            {w.history}
          </Button>
          {mayAsk && (
            <Button kind="quiet" size="small" aria-label={words.budgets.askOf(budget.name)} onClick={() => setOpen({ what: 'ask', budget })}>
              {words.budgets.ask}
            </Button>
          )}
          {mayWrite && (
            <>
              <Button kind="quiet" size="small" aria-label={w.change(budget.name)} onClick={() => setOpen({ what: 'change', budget })}>
                {w.edit}
              </Button>
              <Button kind="quiet" size="small" aria-label={w.deleteTitle(budget.name)} onClick={() => setOpen({ what: 'delete', budget })}>
                {w.remove}
              </Button>
            </>
          )}
        </span>
      ),
    },
  ];
  return (
    <PageFrame title={adminWords.pages.budgets} about={w.about} action={add}>
      <div className="flex flex-col gap-6">
        <Increases mayDecide={mayWrite} />
        <PagedList
          rows={rows}
          query={query}
          empty={
            <EmptyState icon={<Wallet aria-hidden />} title={w.empty}>
              {w.emptyText}
            </EmptyState>
          }
        >
          <Table caption={adminWords.pages.budgets} columns={columns} rows={rows} rowKey={({ id }) => id} />
        </PagedList>
        <Alerts />
        {permissions.includes('billing:read') && <LowBalance mayWrite={permissions.includes('billing:write')} />}
      </div>
      {open?.what === 'add' && <BudgetDialog budget={null} onClose={close} />}
      {open?.what === 'change' && <BudgetDialog budget={open.budget} onClose={close} />}
      {open?.what === 'history' && <BudgetHistoryDialog budget={open.budget} onClose={close} />}
      {open?.what === 'ask' && <IncreaseDialog budget={open.budget} onClose={close} />}
      {open?.what === 'delete' && <DeleteDialog budget={open.budget} onClose={close} />}
    </PageFrame>
  );
}

const COLUMNS: readonly Column<BudgetView>[] = [
  {
    key: 'name',
    header: w.name,
    rowHeader: true,
    cell: (budget) => (
      <>
        {budget.name}
        <span className="block text-13 font-normal text-ink-faint">
          {budget.scope === 'tenant' ? w.everybody : (budget.subjectName ?? w.scopes[budget.scope])} · {w.periods[budget.period]}
        </span>
      </>
    ),
  },
  {
    key: 'mode',
    header: w.mode,
    from: 'tablet',
    cell: ({ mode, current }) => <Badge tone={mode === 'hard' && Number(current.percent) >= 100 ? 'bad' : 'neutral'}>{w.modesShort[mode]}</Badge>,
  },
  {
    key: 'spent',
    header: w.spent,
    numeric: true,
    cell: ({ name, limit, current }) => (
      <>
        {w.ofLimit(formatCredits(current.spent), formatCredits(limit))}
        {current.raised !== '0' && <span className="block text-12 text-ink-faint">{w.raised(creditsWithUnit(current.raised))}</span>}
        {current.held !== '0' && <span className="block text-12 text-ink-faint">{w.held(creditsWithUnit(current.held))}</span>}
        <ProgressBar value={current.percent / 100} label={w.spentOf(name)} className="mt-1.5 w-full" />
      </>
    ),
  },
  {
    key: 'resets',
    header: w.resets,
    numeric: true,
    from: 'tablet',
    cell: ({ current }) => (
      <>
        {formatDateTime(current.endsAt, current.timeZone)}
        <span className="block text-12 text-ink-faint">{current.timeZone}</span>
      </>
    ),
  },
];

function DeleteDialog({ budget, onClose }: { budget: BudgetView; onClose: () => void }) {
  const queries = useQueryClient();
  const action = useMutation({
    mutationFn: async () => void (await deleteBudgetsById({ path: { id: budget.id } })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['budgets'] });
      onClose();
    },
  });
  return <ConfirmDialog open onClose={onClose} title={w.deleteTitle(budget.name)} text={w.deleteText} verb={w.remove} action={action} />;
}

/** Requests that wait for somebody's word. */
function Increases({ mayDecide }: { mayDecide: boolean }) {
  const queries = useQueryClient();
  const { rows } = usePaged(increasesQuery);
  const { mutate, isPending } = useMutation({
    mutationFn: ({ id, approved }: { id: string; approved: boolean }) => postBudgetsIncreasesByIdDecision({ path: { id }, body: { approved } }),
    onSuccess: ({ state }) => toast(w.decided[state as 'approved']),
    onError: (fault) => toast(toProblem(fault).message),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['budgets'] }),
  });
  const pending = rows.filter(({ state, endsAt }) => state === 'pending' && Date.parse(endsAt) > Date.now());
  if (pending.length === 0) return null;
  return (
    <Card title={w.requests}>
      <ul className="flex flex-col gap-3">
        {pending.map(({ id, askedByName, credits, budgetName, reason, endsAt }) => (
          <li key={id} className="flex flex-wrap items-center justify-between gap-3">
            <div className="min-w-0">
              <p>{w.asks(askedByName ?? w.somebody, creditsWithUnit(credits), budgetName, formatDateTime(endsAt))}</p>
              <p className="text-13 text-ink-soft">{reason}</p>
            </div>
            {mayDecide && (
              <span className="flex gap-2">
                <Button size="small" disabled={isPending} onClick={() => mutate({ id, approved: false })}>
                  {w.decline}
                </Button>
                <Button size="small" kind="main" disabled={isPending} onClick={() => mutate({ id, approved: true })}>
                  {w.approve}
                </Button>
              </span>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Alerts() {
  const { rows, query } = usePaged(alertsQuery);
  if (rows.length === 0) return null;
  return (
    <Card title={w.alerts}>
      <ul className="flex flex-col gap-2 text-13">
        {rows.map(({ id, threshold, budgetName, spent, limit, createdAt }) => (
          <li key={id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
            <span className="flex items-center gap-2">
              <Badge tone={threshold === '100' ? 'bad' : 'warn'}>{threshold === 'forecast' ? w.forecast : `${threshold} %`}</Badge>
              {w.alert(budgetName, formatCredits(spent), creditsWithUnit(limit))}
            </span>
            <span className="num text-ink-faint">{formatDateTime(createdAt)}</span>
          </li>
        ))}
      </ul>
      <MoreButton query={query} />
    </Card>
  );
}
