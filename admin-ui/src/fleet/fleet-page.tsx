import {
  adminWords,
  Badge,
  type Column,
  EmptyState,
  ErrorState,
  formatNumber,
  formatSeconds,
  type Lane,
  LoadingRows,
  PageFrame,
  type Pool,
  ProgressBar,
  Skeleton,
  Table,
  Tabs,
  useSeen,
} from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Server } from 'lucide-react';
import { Guarded } from '../page-states.js';
import { Boxes } from './boxes.js';
import { boxesQuery, lanesQuery, LIVE_MS, metricsQuery, poolsQuery } from './fleet.js';

const w = adminWords.fleet;
type View = keyof typeof w.tabs;

export default function FleetPage() {
  return (
    <Guarded right="fleet:read">
      <Fleet />
    </Guarded>
  );
}

function Fleet() {
  const { view = 'boxes' } = useSearch({ from: '/fleet' });
  const navigate = useNavigate();
  const live = useSeen() && LIVE_MS;
  const boxes = useQuery({ ...boxesQuery, refetchInterval: live });
  const lanes = useQuery({ ...lanesQuery, refetchInterval: live });
  const pools = useQuery({ ...poolsQuery, refetchInterval: live });
  const counts = { boxes: boxes.data?.data.filter(({ endedAt }) => !endedAt).length, lanes: lanes.data?.data.length, pools: pools.data?.data.length };
  const asked = { boxes, lanes, pools }[view];
  const choose = (next: View): void => void navigate({ to: '/fleet', search: { view: next === 'boxes' ? undefined : next }, replace: true });
  return (
    <PageFrame title={adminWords.pages.fleet} about={w.about}>
      <Figures live={live} />
      <Tabs<View>
        label={w.views}
        value={view}
        tabs={(Object.keys(w.tabs) as View[]).map((value) => ({ value, label: w.tabs[value], count: counts[value] }))}
        onChange={choose}
      >
        {asked.error && <ErrorState error={asked.error} onRetry={() => void asked.refetch()} />}
        {!asked.data && !asked.error && <LoadingRows className="h-14" />}
        {view === 'boxes' && boxes.data && <Boxes boxes={boxes.data.data} />}
        {view === 'lanes' && lanes.data && <Lanes lanes={lanes.data.data} />}
        {view === 'pools' && pools.data && <Pools pools={pools.data.data} />}
      </Tabs>
    </PageFrame>
  );
}

function Figures({ live }: { live: number | false }) {
  const { data } = useQuery({ ...metricsQuery, refetchInterval: live });
  const figures: [string, string | undefined][] = [
    [w.slots, data && w.slotsOf(formatNumber(data.busySlots), formatNumber(data.slots))],
    [w.running, data && formatNumber(data.tasks.running + data.tasks.stopping)],
    [w.waiting, data && formatNumber(data.tasks.ready + data.tasks.queued)],
    [w.live, data && formatNumber(data.boxes.ready + data.boxes.draining)],
  ];
  return (
    <div className="mb-6">
      <dl className="grid grid-cols-2 gap-x-8 gap-y-4 sm:flex sm:gap-x-12">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt className="text-13 text-ink-faint">{name}</dt>
            <dd className="num text-28 font-semibold tracking-tight">{value ?? <Skeleton className="h-8 w-16" />}</dd>
          </div>
        ))}
      </dl>
      {data && data.slots > 0 && <ProgressBar value={data.busySlots / data.slots} label={w.slots} className="mt-4" />}
    </div>
  );
}

const wait = (seconds: number | null, none: string): string => (seconds === null ? none : formatSeconds(seconds));
const LANES: readonly Column<Lane>[] = [
  {
    key: 'lane',
    header: w.lane,
    rowHeader: true,
    cell: (lane) => (
      <>
        {lane.base}
        <span className="block text-12 font-normal text-ink-faint">
          {lane.class} · {lane.pool}
        </span>
      </>
    ),
  },
  { key: 'ready', header: w.ready, numeric: true, cell: (lane) => formatNumber(lane.ready) },
  { key: 'queued', header: w.queued, numeric: true, from: 'tablet', cell: (lane) => formatNumber(lane.queued) },
  { key: 'running', header: w.running, numeric: true, cell: (lane) => formatNumber(lane.running) },
  { key: 'oldest', header: w.oldest, numeric: true, from: 'tablet', cell: (lane) => wait(lane.oldestWaitSeconds, '–') },
  { key: 'estimated', header: w.estimated, numeric: true, cell: (lane) => wait(lane.estimatedWaitSeconds, w.noCapacity) },
];

function Lanes({ lanes }: { lanes: readonly Lane[] }) {
  if (lanes.length === 0)
    return (
      <EmptyState icon={<Server aria-hidden />} title={w.noLanes}>
        {w.noLanesText}
      </EmptyState>
    );
  return <Table caption={w.tabs.lanes} columns={LANES} rows={lanes} rowKey={({ id }) => id} />;
}

const POOLS: readonly Column<Pool>[] = [
  {
    key: 'pool',
    header: w.pool,
    rowHeader: true,
    cell: (pool) => (
      <>
        {pool.name}
        <span className="block text-12 font-normal text-ink-faint">
          {pool.class} · {pool.provider}
        </span>
      </>
    ),
  },
  { key: 'state', header: w.state, cell: (pool) => (pool.paused ? <Badge tone="warn">{w.isPaused}</Badge> : <Badge tone="good">{w.active}</Badge>) },
  { key: 'capacity', header: w.capacity, from: 'tablet', cell: (pool) => w.capacities[pool.capacity as 'spot'] ?? pool.capacity },
  { key: 'boxes', header: w.boxes, numeric: true, cell: (pool) => w.minMax(pool.min, pool.max) },
  { key: 'slots', header: w.liveSlots, numeric: true, cell: (pool) => formatNumber(pool.liveSlots) },
];

function Pools({ pools }: { pools: readonly Pool[] }) {
  if (pools.length === 0) return <EmptyState icon={<Server aria-hidden />} title={w.noPools} />;
  return <Table caption={w.tabs.pools} columns={POOLS} rows={pools} rowKey={({ id }) => id} />;
}
