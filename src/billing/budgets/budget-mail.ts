import { formatCredits } from '../plans/index.js';
import type { BudgetAlert, BudgetIncrease } from './budget.js';

interface Message {
  subject: string;
  text: string;
}

const when = (at: Date, timeZone: string): string => {
  const format = (zone: string): string => new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'long', timeStyle: 'short' }).format(at);
  try {
    return format(timeZone);
  } catch {
    return `${format('UTC')} UTC`;
  }
};

export function alertMail(alert: BudgetAlert): Message {
  const forecast = alert.threshold === 'forecast';
  const name = alert.budgetName;
  const figures = `${formatCredits(alert.spentMilli)} of ${formatCredits(alert.limitMilli)} credits are spent in the period that ends on ${when(alert.endsAt, alert.timeZone)} (${alert.timeZone}).`;
  const outlook = forecast && alert.forecastMilli !== null ? ` At this pace it will be ${formatCredits(alert.forecastMilli)} by then.` : '';
  const effect = alert.hard
    ? 'Jobs that do not fit are refused until then, or until the budget is raised under Budgets in the administration.'
    : 'This budget only tells; no job is refused.';
  return {
    subject: forecast ? `The budget “${name}” will not last` : `The budget “${name}” is ${alert.threshold} % spent`,
    text: `${figures}${outlook}\n\n${effect}\n`,
  };
}

export const askedMail = (increase: BudgetIncrease, who: string): Message => ({
  subject: `${who} asks for more of the budget “${increase.budgetName}”`,
  text: `${who} asks for ${formatCredits(increase.amountMilli)} credits on top, until the period ends: ${increase.reason}\n\nDecide under Budgets in the administration.\n`,
});

export const decidedMail = (increase: BudgetIncrease): Message => ({
  subject: `Your request for the budget “${increase.budgetName}” was ${increase.state}`,
  text:
    increase.state === 'approved'
      ? `${formatCredits(increase.amountMilli)} credits were added until the period ends.\n`
      : `No credits were added. Ask an owner, admin or billing member of your organisation about it.\n`,
});
