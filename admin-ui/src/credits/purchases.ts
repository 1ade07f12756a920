import { paged } from '@atelier/ui-kit';
import { getBillingCreditsPurchases, getBillingCreditsPurchasesById } from '@atelier/ui-kit/client';
import { queryOptions } from '@tanstack/react-query';

/* Keys begin with the noun: a purchase that ends refreshes the list as well. */
export const purchasesQuery = paged(['purchases', 'list'], (cursor) => getBillingCreditsPurchases({ query: { limit: 10, cursor } }));
/** Asking for one that is open makes the server ask the payment service. */
export const purchaseQuery = (id: string) => queryOptions({ queryKey: ['purchases', id], queryFn: () => getBillingCreditsPurchasesById({ path: { id } }) });
