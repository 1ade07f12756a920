export { LanesModule } from './lanes.module.js';
export { LaneKeeper } from './lane-keeper.service.js';
export { Promotion } from './promotion.service.js';
export { ticketOf } from './ticket.js';
export { correct, flowKey, pickFair, type Flow, type Turns, type WaitingTask } from './fair-order.js';
