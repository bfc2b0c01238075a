import { Logger } from '@aws-lambda-powertools/logger';

/** JSON lines with the request's id. Names and numbers only: no URL, no credential, no object's content. */
export const logger = new Logger({ serviceName: 'partway' });
