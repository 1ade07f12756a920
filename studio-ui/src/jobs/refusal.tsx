import { creditsWithUnit, ErrorState, formatCredits, formatDateTime, type Problem, studioWords } from '@atelier/ui-kit';
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useCure } from './cure.js';

const w = studioWords.cure;

/** Why a job was not accepted, and the way out of it. What is only about money is said in figures, all else in the words of the server. */
export function Refusal({ problem }: { problem: Problem }) {
  const cure = useCure(problem);
  const { budget } = problem;
  if (problem.code !== 'budget_exceeded' || !budget) return <ErrorState error={problem} inline action={cure} />;
  return (
    <Stop title={w.overBudget(creditsWithUnit(problem.estimate ?? '0'), budget.name, formatCredits(problem.available ?? '0'))} cure={cure}>
      {w.budgetFigures(formatCredits(budget.spent), formatCredits(budget.held), creditsWithUnit(budget.limit))}{' '}
      {w.beginsAnew(formatDateTime(budget.resetsAt, budget.timeZone), budget.timeZone)}
    </Stop>
  );
}

/** Something about money stands in the way; nothing is broken. */
export function Stop({ title, cure, children }: { title: string; cure: ReactNode; children: ReactNode }) {
  return (
    <div role="alert" className="flex gap-2.5 rounded-house bg-warn-wash p-3 text-13">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
      <div>
        <p className="font-semibold">{title}</p>
        <p className="mt-0.5">{children}</p>
        {cure && <div className="mt-2">{cure}</div>}
      </div>
    </div>
  );
}
