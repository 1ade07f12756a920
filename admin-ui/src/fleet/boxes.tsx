import {
  adminWords,
  Badge,
  type Box,
  type BoxSeconds,
  Button,
  type Column,
  ConfirmDialog,
  EmptyState,
  Explain,
  formatAgo,
  formatExact,
  formatNumber,
  formatSeconds,
  Lines,
  meQuery,
  Table,
  toast,
  type Tone,
  words,
} from '@atelier/ui-kit';
import { postFleetBoxesByIdDrain } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { CircleDashed, Server } from 'lucide-react';
import { useState } from 'react';
import { PARTS } from './fleet.js';

const w = adminWords.fleet;
const TONES: Record<string, Tone> = { ready: 'good', booting: 'neutral', draining: 'warn', quarantined: 'bad', lost: 'bad', gone: 'neutral' };

function StateBadge({ box }: { box: Box }) {
  const tone = TONES[box.state] ?? 'neutral';
  return (
    <>
      <Badge tone={tone} icon={tone === 'neutral' ? <CircleDashed aria-hidden className="size-3.5" /> : undefined}>
        {w.states[box.state as keyof typeof w.states] ?? box.state}
      </Badge>
      {box.stateReason && <span className="mt-1 block max-w-56 text-12 text-ink-faint">{box.stateReason}</span>}
    </>
  );
}

const SHADES: Record<(typeof PARTS)[number], string> = {
  work: 'bg-ink',
  load: 'bg-ink-faint',
  boot: 'bg-line-strong',
  idle: 'bg-line',
  drain: 'bg-line-strong',
  wasted: 'bg-bad',
};

/** The life of a box as one bar, and in figures on demand. */
function TimeBar({ seconds }: { seconds: BoxSeconds }) {
  const parts = PARTS.filter((part) => seconds[part] > 0);
  return (
    <div className="ml-auto flex w-40 flex-col gap-1.5">
      <div aria-hidden className="flex h-2 overflow-hidden rounded-full bg-line">
        {parts.map((part) => (
          <span key={part} className={SHADES[part]} style={{ width: `${(seconds[part] / Math.max(seconds.lifetime, 1)) * 100}%` }} />
        ))}
      </div>
      <Explain
        label={words.number.explain(w.explainTime)}
        className="self-end text-12"
        lines={
          <Lines
            rows={PARTS.map((part) => ({ label: w.parts[part], amount: formatSeconds(seconds[part], true) }))}
            total={{ label: w.lifetime, amount: formatSeconds(seconds.lifetime) }}
          />
        }
      >
        {formatSeconds(seconds.lifetime)}
      </Explain>
    </div>
  );
}

function columnsFor(mayDrain: boolean, onDrain: (box: Box) => void): readonly Column<Box>[] {
  const columns: Column<Box>[] = [
    {
      key: 'box',
      header: w.box,
      rowHeader: true,
      cell: (box) => (
        <>
          <span className="font-mono text-12">…{box.id.slice(-8)}</span>
          <span className="block text-12 font-normal text-ink-faint">
            {box.gpu?.name ?? box.class} · {box.pool}
          </span>
        </>
      ),
    },
    { key: 'state', header: w.state, cell: (box) => <StateBadge box={box} /> },
    { key: 'load', header: w.load, numeric: true, cell: (box) => `${formatNumber(box.running)} / ${formatNumber(box.slots)}` },
    { key: 'gpu', header: w.gpu, numeric: true, from: 'tablet', cell: (box) => (box.gpu && !box.endedAt ? `${Math.round(box.gpu.utilisation * 100)} %` : '–') },
    {
      key: 'heard',
      header: w.heartbeat,
      numeric: true,
      from: 'tablet',
      cell: (box) =>
        box.lastHeartbeatAt ? (
          <time dateTime={box.lastHeartbeatAt} title={formatExact(box.lastHeartbeatAt)}>
            {formatAgo(box.lastHeartbeatAt)}
          </time>
        ) : (
          w.never
        ),
    },
    { key: 'time', header: w.time, numeric: true, from: 'desktop', cell: (box) => <TimeBar seconds={box.seconds} /> },
  ];
  const drain: Column<Box> = {
    key: 'drain',
    header: w.drain,
    numeric: true,
    from: 'tablet',
    cell: (box) =>
      box.state === 'ready' || box.state === 'booting' ? (
        <Button size="small" onClick={() => onDrain(box)} aria-label={`${w.drain}: ${box.id}`}>
          {w.drain}
        </Button>
      ) : (
        '–'
      ),
  };
  return mayDrain ? [...columns, drain] : columns;
}

export function Boxes({ boxes }: { boxes: readonly Box[] }) {
  const { data: me } = useSuspenseQuery(meQuery);
  const [draining, setDraining] = useState<Box | null>(null);
  if (boxes.length === 0)
    return (
      <EmptyState icon={<Server aria-hidden />} title={w.noBoxes}>
        {w.noBoxesText}
      </EmptyState>
    );
  return (
    <>
      <Table caption={w.tabs.boxes} columns={columnsFor(me.permissions.includes('fleet:write'), setDraining)} rows={boxes} rowKey={({ id }) => id} />
      <DrainDialog box={draining} onClose={() => setDraining(null)} />
    </>
  );
}

function DrainDialog({ box, onClose }: { box: Box | null; onClose: () => void }) {
  const queries = useQueryClient();
  const drain = useMutation({
    mutationFn: () => postFleetBoxesByIdDrain({ path: { id: box!.id } }),
    onSuccess: () => {
      toast(w.drained);
      void queries.invalidateQueries({ queryKey: ['fleet'] });
      onClose();
    },
  });
  return (
    <ConfirmDialog open={box !== null} onClose={onClose} title={w.drainTitle} text={w.drainText} verb={w.drain} danger={false} action={drain}>
      <p className="font-mono text-12 break-all text-ink-soft">{box?.id}</p>
    </ConfirmDialog>
  );
}
