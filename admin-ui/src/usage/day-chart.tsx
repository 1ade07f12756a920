import { adminWords, compareCredits, creditsWithUnit, formatCredits, formatDay, type UsageRow } from '@atelier/ui-kit';
import { barHeights } from './bars.js';
import type { Days } from './range.js';

const w = adminWords.usage;
const HEIGHT = 160;
/** Width of a day in the drawing's own units; the drawing stretches to the page. */
const STEP = 12;

/** Credits per day. The drawing says its gist in words; every figure of it stands in the table by day. */
export function DayChart({ rows, days }: { rows: readonly UsageRow[]; days: Days }) {
  const peak = rows.reduce((best, row) => (compareCredits(row.credits, best.credits) > 0 ? row : best), rows[0]!);
  const heights = barHeights(
    rows.map(({ credits }) => credits),
    HEIGHT,
  );
  const label = `${w.chart(formatDay(days.from), formatDay(days.to))}. ${w.chartPeak(formatDay(peak.key), creditsWithUnit(peak.credits))}`;
  return (
    <figure>
      <div className="relative border-b border-line-strong">
        <p aria-hidden className="num absolute top-0 right-0 text-12 text-ink-faint">
          {formatCredits(peak.credits)}
        </p>
        <hr className="absolute inset-x-0 top-4 border-t border-dashed border-line" />
        <svg role="img" aria-label={label} viewBox={`0 0 ${rows.length * STEP} ${HEIGHT}`} preserveAspectRatio="none" className="block h-48 w-full pt-4">
          {rows.map((row, index) => (
            <g key={row.key} className="group">
              <rect x={index * STEP} y={0} width={STEP} height={HEIGHT} className="fill-transparent group-hover:fill-hover" />
              <rect
                x={index * STEP + 1.5}
                y={HEIGHT - heights[index]!}
                width={STEP - 3}
                height={heights[index]}
                className="fill-ink-soft group-hover:fill-ink"
              />
              <title>{w.bar(formatDay(row.key), creditsWithUnit(row.credits), w.jobsCount(row.jobs))}</title>
            </g>
          ))}
        </svg>
      </div>
      <figcaption aria-hidden className="num mt-1.5 flex justify-between text-12 text-ink-faint">
        <span>{formatDay(days.from)}</span>
        {rows.length > 2 && <span className="hidden sm:inline">{formatDay(rows[Math.floor(rows.length / 2)]!.key)}</span>}
        <span>{formatDay(days.to)}</span>
      </figcaption>
    </figure>
  );
}
