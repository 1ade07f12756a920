import { RequestMethod, type Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { accessOf, type RouteAccess } from './access.js';

/** One route as the controllers declare it. */
export interface RouteFact {
  method: string;
  /** Template without the global prefix, `/jobs/:id`. */
  path: string;
  controller: string;
  handler: string;
  /** Undefined: nobody said who may call it; such a route does not boot. */
  access: RouteAccess | undefined;
}

const paths = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : [typeof value === 'string' ? value : '']);

/** Every route of every controller; tests enumerate it, the boot check reads it. */
export function listRoutes(modules: ModulesContainer): RouteFact[] {
  const controllers = new Set([...modules.values()].flatMap((module) => [...module.controllers.values()].map((wrapper) => wrapper.metatype as Type | null)));
  return [...controllers].filter((controller) => controller !== null).flatMap(routesOf);
}

function routesOf(controller: Type): RouteFact[] {
  const prototype = controller.prototype as Record<string, object>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const handler = prototype[name]!;
    const method = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const bases = paths(Reflect.getMetadata('path', controller));
    return bases.flatMap((base) =>
      paths(Reflect.getMetadata('path', handler)).map((path) => ({
        method: RequestMethod[method]!,
        path: `/${[base, path]
          .flatMap((part) => part.split('/'))
          .filter(Boolean)
          .join('/')}`,
        controller: controller.name,
        handler: name,
        access: accessOf(handler, controller),
      })),
    );
  });
}
