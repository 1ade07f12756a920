import type { Permission } from '@atelier/contracts';
import { applyDecorators, SetMetadata } from '@nestjs/common';

export const REQUIRES = 'atelier:requires';
const UNMETERED = 'atelier:unmetered';
const SPENDS_MONEY = 'atelier:spends-money';
const IN_SERVICE = 'atelier:idempotent-in-service';

/** Who may call a route. */
export type RouteAccess = { kind: 'public' } | { kind: 'authenticated' } | { kind: 'permissions'; permissions: readonly Permission[] };

/** Only callers who have all of these rights. */
export const Requires = (...permissions: [Permission, ...Permission[]]): ClassDecorator & MethodDecorator =>
  SetMetadata(REQUIRES, { kind: 'permissions', permissions } satisfies RouteAccess);

/** Anybody, without signing in. */
export const Public = (): ClassDecorator & MethodDecorator => SetMetadata(REQUIRES, { kind: 'public' } satisfies RouteAccess);

/** Anybody who is signed in: routes about oneself. */
export const Authenticated = (): ClassDecorator & MethodDecorator => SetMetadata(REQUIRES, { kind: 'authenticated' } satisfies RouteAccess);

/** Does not count as an API call of the plan: signed content, event streams, sign-in. */
export const Unmetered = (): ClassDecorator & MethodDecorator => SetMetadata(UNMETERED, true);

/** The service keeps the response itself, in its own transaction (`Idempotency.find` and `store`, or a unique key on the row it makes); HTTP only reads the header. */
export const IdempotentInService = (): ClassDecorator & MethodDecorator => SetMetadata(IN_SERVICE, true);

/** Costs credits: an API key must send an `Idempotency-Key`. Implies `IdempotentInService`. */
export const SpendsMoney = (): ClassDecorator & MethodDecorator => applyDecorators(SetMetadata(SPENDS_MONEY, true), IdempotentInService());

type Target = { getHandler(): object; getClass(): object };

const read = <T>(key: string, handler: object, owner: object): T | undefined =>
  (Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, owner)) as T | undefined;

/** The access of a handler, its own or its controller's; undefined means somebody forgot. */
export const accessOf = (handler: object, controller: object): RouteAccess | undefined => read<RouteAccess>(REQUIRES, handler, controller);
export const accessAt = (at: Target): RouteAccess | undefined => accessOf(at.getHandler(), at.getClass());
export const isUnmetered = (at: Target): boolean => read<boolean>(UNMETERED, at.getHandler(), at.getClass()) ?? false;
export const spendsMoney = (at: Target): boolean => read<boolean>(SPENDS_MONEY, at.getHandler(), at.getClass()) ?? false;
export const isIdempotentInService = (at: Target): boolean => read<boolean>(IN_SERVICE, at.getHandler(), at.getClass()) ?? false;
