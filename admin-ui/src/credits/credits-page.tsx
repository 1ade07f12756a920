import { addCredits, adminWords, creditsWithUnit, Grants, Notice, PageFrame, Statement, Sums, usePaged } from '@atelier/ui-kit';
import { Guarded } from '../page-states.js';
import { PaymentNotices } from '../plan/payment-notices.js';
import { CameBack } from './arrival.js';
import { Packs } from './packs.js';
import { PurchaseList } from './purchase-list.js';
import { purchasesQuery } from './purchases.js';
import { TopUpCard } from './top-up-card.js';

const w = adminWords.credits;

export default function CreditsPage() {
  return (
    <Guarded right="billing:read">
      <PageFrame title={adminWords.pages.credits} about={w.about}>
        <div className="flex flex-col gap-6">
          <PaymentNotices />
          <CameBack />
          <Owed />
          <Sums />
          <Packs />
          <TopUpCard />
          <Grants />
          <PurchaseList />
          <Statement
            jobLink={(jobId, text) => (
              <a href={`/jobs/${jobId}`} className="underline underline-offset-4">
                {text}
              </a>
            )}
          />
        </div>
      </PageFrame>
    </Guarded>
  );
}

/** Credits that were spent before the money for them went back. */
function Owed() {
  const { rows } = usePaged(purchasesQuery);
  const owed = addCredits(...rows.map(({ receivable }) => receivable));
  if (owed === '0') return null;
  return (
    <Notice tone="warn" title={w.owed(creditsWithUnit(owed))}>
      {w.owedText}
    </Notice>
  );
}
