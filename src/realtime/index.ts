export { RealtimeModule } from './realtime.module.js';
export { SOCKET_EVENTS, SOCKET_PATH, NAMESPACE } from './socket-io.gateway.js';
