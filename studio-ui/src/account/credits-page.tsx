import {
  balanceQuery,
  buttonClass,
  creditsWithUnit,
  formatDateTime,
  Grants,
  meQuery,
  Notice,
  offersQuery,
  PageFrame,
  planQuery,
  Statement,
  studioWords,
  Sum,
  Sums,
} from '@atelier/ui-kit';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

const w = studioWords.credits;

export default function CreditsPage() {
  const { data: plan } = useQuery(planQuery);
  return (
    <PageFrame title={studioWords.pages.credits} about={w.about}>
      <div className="flex flex-col gap-6">
        <Low />
        <Sums beside={<Sum name={w.plan} value={plan?.name} below={plan && w.planLine(creditsWithUnit(plan.creditsPerMonth))} />} below={<HowToGetMore />} />
        <Grants />
        <Statement
          jobLink={(jobId, text) => (
            <Link to="/jobs/$jobId" params={{ jobId }} className="underline underline-offset-4">
              {text}
            </Link>
          )}
        />
      </div>
    </PageFrame>
  );
}

function Low() {
  const { data: balance } = useQuery(balanceQuery);
  const { data: plan } = useQuery(planQuery);
  if (!balance?.low || !plan) return null;
  return (
    <Notice tone="warn" title={w.low(creditsWithUnit(balance.available))}>
      {w.lowText(creditsWithUnit(plan.creditsPerMonth), formatDateTime(plan.period.endsAt))}
    </Notice>
  );
}

/** Whoever pays goes to the administration; others read whom to ask. */
function HowToGetMore() {
  const { data: me } = useSuspenseQuery(meQuery);
  const { data: offers } = useQuery(offersQuery);
  if (!offers) return null;
  if (!offers.billing) return w.off;
  if (!me.permissions.includes('billing:write')) return w.askPayer;
  return (
    <p className="flex flex-wrap gap-2">
      <a href="/admin/credits" className={buttonClass('plain', 'small')}>
        {w.buy}
      </a>
      <a href="/admin/plan" className={buttonClass('plain', 'small')}>
        {w.plans}
      </a>
    </p>
  );
}
