export { LanesModule } from './lanes.module.js';
export { LaneKeeper } from './lane-keeper.service.js';
export { Promotion } from './promotion.service.js';
export { ticketOf } from './ticket.js';
