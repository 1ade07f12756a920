export { StorageModule } from './storage.module.js';
export { Storage, type StoredObject, type ListedObject, type SignGet, type SignPut } from './storage.port.js';
export { openFilesDoor } from './files-door.js';
export { DiskStorage } from './disk-storage.js';
export { S3Storage } from './s3-storage.js';
export { parseS3Address, type S3Address } from './settings.js';
export { attachment } from './disposition.js';
