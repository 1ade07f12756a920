export { ExportsModule } from './exports.module.js';
export { ExportWriting } from './export-writing.service.js';
export { FORMATS, type ExportFormat } from './format.js';
