import { creditsWithUnit, Explain, formatCredits, type JobView, Lines, studioWords, words } from '@atelier/ui-kit';
import { moneyOf } from './job-facts.js';

const w = studioWords.job;

/** What a job costs, opening into the lines of its price and the way of its credits: held → charged → returned. */
export function Money({ job }: { job: JobView }) {
  const { held, charged, over } = moneyOf(job);
  return (
    <Explain label={words.number.explain(w.cost)} lines={<MoneyLines job={job} />}>
      {over ? creditsWithUnit(charged) : w.running(creditsWithUnit(held))}
    </Explain>
  );
}

export function MoneyLines({ job }: { job: JobView }) {
  const { held, charged, returned, over } = moneyOf(job);
  return (
    <div className="flex flex-col gap-3">
      <Lines
        rows={job.quote.lines.map((line) => ({ label: line.description, amount: formatCredits(line.credits) }))}
        total={{ label: w.quote, amount: creditsWithUnit(job.quote.credits) }}
      />
      <Lines
        rows={[
          { label: w.held, amount: formatCredits(held) },
          { label: w.charged, amount: over ? formatCredits(charged) : '–' },
          { label: w.returned, amount: over ? formatCredits(returned) : '–' },
        ]}
      />
    </div>
  );
}
