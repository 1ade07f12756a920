import { Button, buttonClass, meQuery, type Problem, studioWords } from '@atelier/ui-kit';
import { useSuspenseQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { createPortal } from 'react-dom';
import { AskMoreDialog } from './ask-more-dialog.js';

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
      if (may('budget:write')) return <Way to="/admin/budgets" verb={w.raiseBudget} />;
      return may('budget:ask') && problem.budget && <AskMore budget={problem.budget} />;
    default:
      return null;
  }
}

const Way = ({ to, verb }: { to: string; verb: string }) => (
  <a href={to} className={buttonClass('plain', 'small')}>
    {verb}
  </a>
);

function AskMore({ budget }: { budget: { id: string; name: string } }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {w.askMore}
      </Button>
      {/* Outside of the form that was refused: forms do not nest. */}
      {open && createPortal(<AskMoreDialog budget={budget} onClose={() => setOpen(false)} />, document.body)}
    </>
  );
}
