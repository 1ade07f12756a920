import { Button, buttonClass, compareCredits, ErrorState, IncreaseDialog, meQuery, type Problem, subtractCredits, words } from '@atelier/ui-kit';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { createPortal } from 'react-dom';

/** A job that did not fit into a budget: who may raise it goes there, everybody else asks them. */
export function BudgetRefusal({ problem }: { problem: Problem }) {
  const { permissions } = useSuspenseQuery(meQuery).data;
  const [asking, setAsking] = useState(false);
  const { budget, estimate, available } = problem;
  const missing = estimate && available && compareCredits(estimate, available) > 0 ? subtractCredits(estimate, available) : undefined;
  const action = permissions.includes('budget:write') ? (
    <a href="/admin/budgets" className={buttonClass('plain', 'small')}>
      {words.budgets.raise}
    </a>
  ) : (
    budget &&
    permissions.includes('budget:ask') && (
      <Button size="small" onClick={() => setAsking(true)}>
        {words.budgets.ask}
      </Button>
    )
  );
  return (
    <>
      <ErrorState error={problem} inline action={action} />
      {asking && budget && createPortal(<IncreaseDialog budget={budget} credits={missing} onClose={() => setAsking(false)} />, document.body)}
    </>
  );
}
