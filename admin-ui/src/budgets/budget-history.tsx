import { adminWords, type BudgetView, compareCredits, creditsWithUnit, Dialog, ErrorState, formatCredits, formatDateTime, LoadingRows } from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import { barHeights } from '../usage/bars.js';
import { historyQuery } from './budgets.js';

const w = adminWords.budgets;
const HEIGHT = 120;
const STEP = 16;

/** Spent per period beside the limit of today. The drawing says its gist in words, the list below every figure. */
export function BudgetHistoryDialog({ budget, onClose }: { budget: BudgetView; onClose: () => void }) {
  const { data, error } = useQuery(historyQuery(budget.id));
  const spans = data?.data.toReversed() ?? [];
  // The limit takes part, so that its line stands in proportion.
  const heights = barHeights([...spans.map(({ spent }) => spent), budget.limit], HEIGHT);
  const limitAt = HEIGHT - heights.at(-1)!;
  const zone = budget.current.timeZone;
  return (
    <Dialog open onClose={onClose} title={w.historyOf(budget.name)} description={w.zone(zone)}>
      {error && <ErrorState error={error} inline />}
      {!data && !error && <LoadingRows rows={3} />}
      {data && spans.length === 0 && <p className="text-ink-soft">{w.noHistory}</p>}
      {spans.length > 0 && (
        <figure>
          <svg
            role="img"
            aria-label={w.chart(spans.length, creditsWithUnit(budget.limit))}
            viewBox={`0 0 ${Math.max(8, spans.length) * STEP} ${HEIGHT}`}
            preserveAspectRatio="none"
            className="block h-32 w-full border-b border-line-strong"
          >
            {spans.map((span, index) => (
              <rect
                key={span.startsAt}
                x={index * STEP + 2}
                y={HEIGHT - heights[index]!}
                width={STEP - 4}
                height={heights[index]}
                className={compareCredits(span.spent, budget.limit) >= 0 ? 'fill-bad' : 'fill-ink-soft'}
              >
                <title>{`${formatDateTime(span.startsAt, zone)}: ${creditsWithUnit(span.spent)}`}</title>
              </rect>
            ))}
            <line
              x1={0}
              x2="100%"
              y1={limitAt + 0.5}
              y2={limitAt + 0.5}
              className="stroke-line-strong"
              strokeDasharray="4 3"
              vectorEffect="non-scaling-stroke"
            />
          </svg>
          <figcaption className="mt-3">
            <ul className="num flex max-h-48 flex-col gap-1 overflow-y-auto text-13" tabIndex={0} aria-label={w.historyOf(budget.name)}>
              {data!.data.map((span) => (
                <li key={span.startsAt} className="flex justify-between gap-4">
                  <span className="text-ink-soft">{formatDateTime(span.startsAt, zone)}</span>
                  <span>{w.ofLimit(formatCredits(span.spent), creditsWithUnit(budget.limit))}</span>
                </li>
              ))}
            </ul>
          </figcaption>
        </figure>
      )}
    </Dialog>
  );
}
