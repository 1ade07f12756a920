import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { listRoutes } from './routes.js';

/** Refuses to start a house with a door that nobody decided about. */
@Injectable()
export class RouteCheck implements OnApplicationBootstrap {
  constructor(private readonly modules: ModulesContainer) {}

  onApplicationBootstrap(): void {
    const open = listRoutes(this.modules).filter((route) => route.access === undefined);
    if (open.length === 0) return;
    const names = open.map((route) => `${route.method} ${route.path} (${route.controller}.${route.handler})`).join(', ');
    throw new Error(`Nobody said who may call ${names}: put @Requires('…'), @Authenticated() or @Public() on the method or its controller.`);
  }
}
