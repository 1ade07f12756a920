import type { Permission } from '@atelier/contracts';
import { adminWords, operatorWords, type Me, type Page } from '@atelier/ui-kit';
import {
  BadgeCheck,
  Boxes,
  ChartColumn,
  Building2,
  CircleDollarSign,
  Coins,
  FileDown,
  Gauge,
  Mail,
  ReceiptText,
  Scale,
  ScrollText,
  Server,
  ShieldCheck,
  Tags,
  UsersRound,
  Wallet,
  Webhook,
} from 'lucide-react';

export interface AdminPage extends Page {
  to:
    | '/usage'
    | '/exports'
    | '/budgets'
    | '/plan'
    | '/credits'
    | '/invoices'
    | '/audit'
    | '/members'
    | '/content'
    | '/webhooks'
    | '/fleet'
    | '/models'
    | '/tenants'
    | '/cost'
    | '/prices'
    | '/rates'
    | '/reconciliation'
    | '/mail';
  right: Permission;
}

const w = adminWords.pages;
const o = operatorWords.pages;
/** In the order of the rail; who lacks the right does not see the page. */
export const PAGES: readonly AdminPage[] = [
  { to: '/usage', label: w.usage, icon: ChartColumn, right: 'usage:read', keys: 'g u', keywords: 'cost credits report finance' },
  { to: '/exports', label: w.exports, icon: FileDown, right: 'usage:export', keys: 'g x', keywords: 'files csv parquet focus finance download schedule' },
  { to: '/budgets', label: w.budgets, icon: Wallet, right: 'budget:read', keys: 'g b', keywords: 'limits spending alerts increase' },
  { to: '/plan', label: w.plan, icon: BadgeCheck, right: 'billing:read', keys: 'g p', keywords: 'subscription seats upgrade downgrade cancel billing' },
  { to: '/credits', label: w.credits, icon: Coins, right: 'billing:read', keys: 'g r', keywords: 'buy packs balance grants ledger top up money' },
  { to: '/invoices', label: w.invoices, icon: ReceiptText, right: 'billing:read', keys: 'g i', keywords: 'bills receipts payments tax pdf' },
  { to: '/members', label: w.members, icon: UsersRound, right: 'member:read', keys: 'g m', keywords: 'people users roles seats' },
  { to: '/audit', label: w.audit, icon: ScrollText, right: 'audit:read', keys: 'g a', keywords: 'security history log' },
  {
    to: '/content',
    label: w.content,
    icon: ShieldCheck,
    right: 'moderation:read',
    keys: 'g c',
    keywords: 'moderation words rules outside services consent privacy',
  },
  {
    to: '/webhooks',
    label: w.webhooks,
    icon: Webhook,
    right: 'webhook:read',
    keys: 'g w',
    keywords: 'events notify integration endpoint signature delivery replay',
  },
  { to: '/fleet', label: w.fleet, icon: Server, right: 'fleet:read', keys: 'g f', heading: w.operating, keywords: 'boxes lanes pools gpu machines' },
  { to: '/models', label: w.models, icon: Boxes, right: 'operator:models', keys: 'g o', keywords: 'catalogue licences weights warm cold hot thermal import' },
  { to: '/tenants', label: w.tenants, icon: Building2, right: 'operator:tenants', keys: 'g t', keywords: 'tenants organisations plans grants credits' },
  { to: '/cost', label: o.cost, icon: CircleDollarSign, right: 'operator:plans', keys: 'g s', keywords: 'margin profit revenue idle hours machines waste' },
  { to: '/prices', label: o.prices, icon: Tags, right: 'operator:plans', keys: 'g p', keywords: 'price list draft simulate schedule credits' },
  { to: '/rates', label: o.rates, icon: Gauge, right: 'operator:plans', keys: 'g r', keywords: 'rate card cost per hour spot gpu' },
  { to: '/reconciliation', label: o.reconciliation, icon: Scale, right: 'operator:plans', keys: 'g n', keywords: 'ledger drift invariants verify books' },
  { to: '/mail', label: w.mail, icon: Mail, right: 'operator:mail', keys: 'g e', keywords: 'email outgoing messages' },
];

export const pagesFor = (me: Me): AdminPage[] => PAGES.filter(({ right }) => me.permissions.includes(right));

/** Where one begins: members may be seen by nearly everyone and is nobody's reason to come here, so it is the last choice. */
export function firstPage(me: Me): AdminPage['to'] | null {
  const mine = pagesFor(me).map(({ to }) => to);
  return (me.operator && mine.includes('/fleet') ? '/fleet' : mine[0]) ?? null;
}
