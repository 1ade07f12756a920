export { BoxesModule } from './boxes.module.js';
export { Boxes, type LaunchedBox } from './boxes.service.js';
export { BoxReports } from './box-reports.service.js';
export { BoxCare } from './box-care.service.js';
export { BoxDto } from './boxes.dto.js';
export { boxHasEnded } from './boxes.errors.js';
export { outputKey } from './output-key.js';
export { PassportKeys } from './passport-keys.port.js';
export type { Box, BoxState } from './box.js';
