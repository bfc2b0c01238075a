import { Logger } from '@aws-lambda-powertools/logger';

/**
 * The log has JSON lines with the id of the request. It contains only names and numbers: no URL, no credentials, no
 * content of an object.
 */
export const logger = new Logger({ serviceName: 'partway' });
