import {
  balanceQuery,
  Button,
  buttonClass,
  compareCredits,
  creditsWithUnit,
  Explain,
  faultsByField,
  formatCredits,
  formatSeconds,
  formatSecondsRange,
  Lines,
  Problem,
  spellKeys,
  studioWords,
  words,
} from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import { useCure } from '../jobs/cure.js';
import { Refusal, Stop } from '../jobs/refusal.js';
import { type Draft, type Offered, pictureCount } from './draft.js';
import type { PriceTag } from './use-estimate.js';

const w = studioWords.create;
/** Known before anybody asks the server. */
const NO_CREDITS = new Problem(402, { code: 'insufficient_credits' });

interface Props {
  draft: Draft;
  price: PriceTag;
  /** Why the last press was refused. */
  problem: Problem | null;
  /** Fields of the form that show their own faults. */
  shown: readonly string[];
  busy: boolean;
}

/** The one main action, always at the bottom edge. What it will cost and take stands on it. */
export function RunBar({ draft, price, problem, shown, busy }: Props) {
  const { estimate, stale } = price;
  const short = useShortage(estimate?.credits);
  const figures =
    estimate && !stale
      ? [creditsWithUnit(estimate.credits), estimate.etaSecondsP50 !== null && `~${formatSeconds(Math.max(1, estimate.etaSecondsP50))}`]
      : [estimate && '…'];
  const parts = [w.verb[draft.operation as Offered](pictureCount(draft)), ...figures];
  const loose = problem && problem.code !== 'insufficient_credits' && faultsByField(problem, shown).fields;
  const unplaced = problem && loose && Object.keys(loose).length === 0;
  return (
    <div className="sticky bottom-0 z-10 flex flex-col gap-2 border-t border-line bg-paper p-4 max-md:fixed max-md:inset-x-0 md:px-5">
      {unplaced && <Refusal problem={problem} />}
      {(short || problem?.code === 'insufficient_credits') && (
        <Shortage cost={short?.cost ?? problem?.estimate ?? null} available={short?.available ?? problem?.available ?? null} />
      )}
      <Button type="submit" kind="main" size="large" className="num w-full whitespace-normal! text-balance" busy={busy} disabled={!!short}>
        {parts.filter(Boolean).join(' · ')}
      </Button>
      <PriceLine price={price} />
    </div>
  );
}

function useShortage(cost: string | undefined): { cost: string; available: string } | null {
  const { data } = useQuery(balanceQuery);
  return cost !== undefined && data && compareCredits(cost, data.available) > 0 ? { cost, available: data.available } : null;
}

function Shortage({ cost, available }: { cost: string | null; available: string | null }) {
  return (
    <Stop
      title={cost && available ? w.noCredits(creditsWithUnit(cost), formatCredits(available)) : words.problem.cures.insufficient_credits}
      cure={useCure(NO_CREDITS)}
    >
      {w.noCreditsCure}
    </Stop>
  );
}

/** The range behind the "~", the lines behind the price, and the key. */
function PriceLine({ price: { estimate, problem, retry } }: { price: PriceTag }) {
  if (problem && problem.faults.length === 0 && problem.code !== 'insufficient_credits') {
    return (
      <p className="flex items-center justify-between gap-3 text-12 text-ink-soft">
        {problem.message}
        <button type="button" onClick={retry} className={buttonClass('quiet', 'small')}>
          {words.action.retry}
        </button>
      </p>
    );
  }
  return (
    <p className="flex min-h-5 items-center justify-between gap-3 text-12 text-ink-faint">
      <span className="num">
        {estimate &&
          (estimate.etaSecondsP50 === null
            ? w.etaUnknown
            : w.likely(formatSecondsRange(estimate.etaSecondsP50, estimate.etaSecondsP90 ?? estimate.etaSecondsP50)))}
      </span>
      <span className="hidden md:inline">{spellKeys('mod+Enter').join(' ')}</span>
      {estimate && (
        <Explain
          label={words.number.explain(w.price)}
          lines={
            <Lines
              rows={estimate.lines.map((line) => ({ label: line.description, amount: formatCredits(line.credits) }))}
              total={{ label: w.total, amount: creditsWithUnit(estimate.credits) }}
            />
          }
        >
          {creditsWithUnit(estimate.credits)}
        </Explain>
      )}
    </p>
  );
}
