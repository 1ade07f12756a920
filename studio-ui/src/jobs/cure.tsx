import { Button, buttonClass, compareCredits, IncreaseDialog, meQuery, type Problem, studioWords, subtractCredits, words } from '@atelier/ui-kit';
import { useSuspenseQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { createPortal } from 'react-dom';

const w = studioWords.cure;

/** The way out of a refusal about money, for whoever was refused: do it, ask for it, or see what there is. Null where there is none. */
export function useCure(problem: Problem | null): ReactNode {
  const { data: me } = useSuspenseQuery(meQuery);
  const may = (right: string): boolean => me.permissions.includes(right);
  switch (problem?.code) {
    case 'insufficient_credits':
      return may('billing:write') ? <Way to="/admin/credits" verb={w.buyCredits} /> : <Way to="/credits" verb={w.toCredits} />;
    case 'plan_required':
      return may('billing:write') && <Way to="/admin/plan" verb={w.seePlans} />;
    case 'budget_exceeded':
      if (may('budget:write')) return <Way to="/admin/budgets" verb={words.budgets.raise} />;
      return may('budget:ask') && <AskMore problem={problem} />;
    default:
      return null;
  }
}

const Way = ({ to, verb }: { to: string; verb: string }) => (
  <a href={to} className={buttonClass('plain', 'small')}>
    {verb}
  </a>
);

function AskMore({ problem: { budget, estimate, available } }: { problem: Problem }) {
  const [open, setOpen] = useState(false);
  if (!budget) return null;
  const missing = estimate && available && compareCredits(estimate, available) > 0 ? subtractCredits(estimate, available) : undefined;
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {words.budgets.ask}
      </Button>
      {/* Outside of the form that was refused: forms do not nest, and sending this one must not send that one again. */}
      {open &&
        createPortal(
          <div onSubmit={(event) => event.stopPropagation()}>
            <IncreaseDialog budget={budget} credits={missing} onClose={() => setOpen(false)} />
          </div>,
          document.body,
        )}
    </>
  );
}
