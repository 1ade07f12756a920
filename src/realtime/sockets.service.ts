import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { coreConfig, type ConfigOf } from '../platform/config/index.js';
import { notFound } from '../platform/errors/index.js';
import { JobSocketGateway, refuse } from './job-socket.gateway.js';
import { SOCKET_PATH, SocketIoGateway } from './socket-io.gateway.js';

/** Only path and query of an upgrade's address are looked at. */
const ORIGIN = 'http://localhost';

/** Puts both kinds of sockets beside the HTTP server, in roles that serve. One place decides who answers an upgrade. */
@Injectable()
export class Sockets implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private server: Server | undefined;

  constructor(
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    private readonly http: HttpAdapterHost,
    private readonly jobSockets: JobSocketGateway,
    private readonly socketIo: SocketIoGateway,
  ) {}

  onApplicationBootstrap(): void {
    if (this.core.role === 'control') return;
    this.server = this.http.httpAdapter?.getHttpServer() as Server | undefined;
    if (!this.server) return;
    this.socketIo.attach(this.server);
    this.server.on('upgrade', this.dispatch);
  }

  beforeApplicationShutdown(): void {
    this.server?.off('upgrade', this.dispatch);
    this.socketIo.close();
  }

  private readonly dispatch = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const url = URL.canParse(request.url ?? '/', ORIGIN) ? new URL(request.url ?? '/', ORIGIN) : null;
    if (url?.pathname.startsWith(`${SOCKET_PATH}/`)) return;
    if (url && this.jobSockets.takes(url)) void this.jobSockets.upgrade(url, request, socket, head);
    else refuse(request, socket, notFound('socket'));
  };
}
