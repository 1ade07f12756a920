/** A job of the past, as a budget would have seen it. */
export interface Claim {
  at: Date;
  amountMilli: bigint;
  /** What it was charged in the end, and when; null while it is open. */
  chargedMilli: bigint;
  closedAt: Date | null;
}

export interface Span {
  startsAt: Date;
  endsAt: Date;
}

export interface RehearsedPeriod extends Span {
  jobs: number;
  /** Charged to the jobs that would have been let through. */
  spentMilli: bigint;
  refusedJobs: number;
  /** What the refused ones were charged in truth. */
  refusedMilli: bigint;
  firstRefusalAt: Date | null;
}

interface Booked {
  period: RehearsedPeriod;
  heldMilli: bigint;
}

/**
 * What a hard budget would have refused: the claims are made again in their order, and those let through end when they ended. `claims` are in
 * order of time, `spans` too, without gaps. A refused job spends nothing, so that later ones may fit.
 */
export function rehearse(claims: readonly Claim[], spans: readonly Span[], limitMilli: bigint): RehearsedPeriod[] {
  const books: Booked[] = spans.map((span) => ({
    period: { ...span, jobs: 0, spentMilli: 0n, refusedJobs: 0, refusedMilli: 0n, firstRefusalAt: null },
    heldMilli: 0n,
  }));
  const endings: { at: number; close: () => void }[] = [];
  let current = 0;
  for (const claim of claims) {
    const at = claim.at.getTime();
    closeUntil(endings, at);
    while (current < books.length && books[current]!.period.endsAt.getTime() <= at) current++;
    const book = books[current];
    if (!book || book.period.startsAt.getTime() > at) continue;
    const { period } = book;
    period.jobs++;
    if (claim.amountMilli > 0n && period.spentMilli + book.heldMilli + claim.amountMilli > limitMilli) {
      period.refusedJobs++;
      period.refusedMilli += claim.chargedMilli;
      period.firstRefusalAt ??= claim.at;
      continue;
    }
    book.heldMilli += claim.amountMilli;
    if (claim.closedAt)
      insert(endings, {
        at: claim.closedAt.getTime(),
        close: () => {
          book.heldMilli -= claim.amountMilli;
          period.spentMilli += claim.chargedMilli;
        },
      });
  }
  closeUntil(endings, Infinity);
  return books.map(({ period }) => period);
}

/** Keeps the earliest at the end of the list. */
function insert(endings: { at: number; close: () => void }[], ending: { at: number; close: () => void }): void {
  let [low, high] = [0, endings.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endings[middle]!.at > ending.at) low = middle + 1;
    else high = middle;
  }
  endings.splice(low, 0, ending);
}

function closeUntil(endings: { at: number; close: () => void }[], at: number): void {
  while (endings.length > 0 && endings.at(-1)!.at <= at) endings.pop()!.close();
}
