export { DomainError, notFound, invalid, isDomainError, HTTP_STATUS, type ErrorKind, type FieldFault } from './domain-error.js';
