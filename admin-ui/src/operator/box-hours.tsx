import { clsx, type Column, formatDay, formatMicros, formatSeconds, operatorWords, Table } from '@atelier/ui-kit';
import type { BoxHoursFigures, BoxHoursResponse, BoxHoursRow } from '@atelier/ui-kit/client';
import type { Days } from '../usage/range.js';
import { stackBars } from './stacks.js';

const w = operatorWords.cost;
const CLASSES = ['work', 'load', 'boot', 'idle', 'drain', 'wasted'] as const;
type BoxClass = (typeof CLASSES)[number];

/** What earns is dark, what waits is pale, what is lost is red; the table beside names each. */
const FILLS: Record<BoxClass, string> = {
  work: 'fill-ink',
  load: 'fill-ink-soft',
  boot: 'fill-line-strong',
  idle: 'fill-line',
  drain: 'fill-warn',
  wasted: 'fill-bad',
};
const HEIGHT = 160;
/** Width of a day in the drawing's own units; the drawing stretches to the page. */
const STEP = 12;

/** Machine time per day, its classes on each other. */
export function BoxHoursChart({ rows, totals, days }: { rows: readonly BoxHoursRow[]; totals: BoxHoursFigures; days: Days }) {
  const bars = stackBars(
    rows.map(({ seconds }) => CLASSES.map((of) => seconds[of])),
    HEIGHT,
  );
  const parts = ({ seconds }: BoxHoursRow): string =>
    CLASSES.filter((of) => seconds[of] > 0)
      .map((of) => `${w.classes[of]} ${formatSeconds(seconds[of])}`)
      .join(', ');
  return (
    <figure className="mb-6">
      <svg
        role="img"
        aria-label={w.chart(formatDay(days.from), formatDay(days.to), formatSeconds(totals.seconds.lifetime))}
        viewBox={`0 0 ${rows.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="block h-48 w-full border-b border-line-strong"
      >
        {rows.map((row, index) => (
          <g key={row.key} className="group">
            <rect x={index * STEP} y={0} width={STEP} height={HEIGHT} className="fill-transparent group-hover:fill-hover" />
            {bars[index]!.map(({ from, height }, part) => (
              <rect key={CLASSES[part]} x={index * STEP + 1.5} y={HEIGHT - from - height} width={STEP - 3} height={height} className={FILLS[CLASSES[part]!]} />
            ))}
            <title>{w.bar(formatDay(row.key), parts(row) || '–')}</title>
          </g>
        ))}
      </svg>
      <figcaption aria-hidden className="num mt-1.5 flex justify-between text-12 text-ink-faint">
        <span>{formatDay(days.from)}</span>
        <span>{formatDay(days.to)}</span>
      </figcaption>
    </figure>
  );
}

const Swatch = ({ of }: { of: BoxClass }) => (
  <svg aria-hidden viewBox="0 0 10 10" className={clsx('mr-2 inline size-2.5 rounded-small border border-line-strong', FILLS[of])}>
    <rect width="10" height="10" />
  </svg>
);
const percent = (part: number, whole: number): string => `${whole > 0 ? Math.round((part / whole) * 1000) / 10 : 0} %`;

/** The legend of the chart, with every figure of it. */
export function BoxClasses({ totals: { seconds, costMicros } }: { totals: BoxHoursFigures }) {
  const columns: Column<BoxClass>[] = [
    {
      key: 'class',
      header: w.class,
      rowHeader: true,
      cell: (of) => (
        <>
          <Swatch of={of} />
          {w.classes[of]}
        </>
      ),
    },
    { key: 'time', header: w.time, numeric: true, cell: (of) => formatSeconds(seconds[of], true) },
    { key: 'share', header: w.share, numeric: true, from: 'tablet', cell: (of) => percent(seconds[of], seconds.lifetime) },
    { key: 'cost', header: w.cost, numeric: true, cell: (of) => formatMicros(costMicros[of]) },
  ];
  const foot = { class: w.lifetime, time: formatSeconds(seconds.lifetime, true), share: '100 %', cost: formatMicros(costMicros.total) };
  return <Table caption={w.hours} columns={columns} rows={CLASSES} rowKey={(of) => of} foot={foot} />;
}

/** Pools or classes of machine, with the share of each class of time. */
export function BoxGroups({ report }: { report: BoxHoursResponse }) {
  const columns: Column<BoxHoursRow>[] = [
    { key: 'label', header: w.splits[report.groupBy === 'pool' ? 'pool' : 'class'], rowHeader: true, cell: ({ label }) => label },
    ...CLASSES.map((of): Column<BoxHoursRow> => ({
      key: of,
      header: w.classes[of],
      numeric: true,
      from: of === 'work' || of === 'idle' ? undefined : 'tablet',
      cell: ({ seconds }) => percent(seconds[of], seconds.lifetime),
    })),
    { key: 'time', header: w.time, numeric: true, from: 'tablet', cell: ({ seconds }) => formatSeconds(seconds.lifetime, true) },
    { key: 'cost', header: w.cost, numeric: true, cell: ({ costMicros }) => formatMicros(costMicros.total) },
  ];
  return <Table caption={w.split} columns={columns} rows={report.data} rowKey={({ key }) => key} />;
}
