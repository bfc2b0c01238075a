import { StoreError } from './errors.ts';
import { children, childText, childTexts, parseXml } from './xml.ts';

export type CorsRule = {
  /** Patterns with at most one star. */
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  /** Patterns with at most one star, in lower case. */
  readonly headers: readonly string[];
  readonly exposed: readonly string[];
  readonly maxAgeSeconds: string | undefined;
};

// "The configuration is limited to 64 KB", "you can have up to 100 rules": S3 API reference, PutBucketCors, and S3 User Guide, "Using CORS".
const RULES_MAX = 100;
const METHODS = new Set(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']);

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html. Throws MalformedXML and InvalidRequest. */
export function parseCorsRules(text: string): CorsRule[] {
  const rules = children(parseXml(text, 'CORSConfiguration'), 'CORSRule').map((rule) => ({
    origins: childTexts(rule, 'AllowedOrigin'),
    methods: childTexts(rule, 'AllowedMethod'),
    headers: childTexts(rule, 'AllowedHeader').map((name) => name.toLowerCase()),
    exposed: childTexts(rule, 'ExposeHeader'),
    maxAgeSeconds: childText(rule, 'MaxAgeSeconds'),
  }));
  if (rules.length === 0 || rules.some(({ origins, methods }) => origins.length === 0 || methods.length === 0)) {
    throw new StoreError('MalformedXML');
  }
  if (rules.length > RULES_MAX) {
    throw invalid(`The number of CORS rules should not exceed allowed limit of ${RULES_MAX} rules.`);
  }
  for (const rule of rules) refuseUnknown(rule);
  return rules;
}

function refuseUnknown({ origins, methods, headers }: CorsRule): void {
  const method = methods.find((name) => !METHODS.has(name));
  if (method !== undefined) {
    throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`);
  }
  for (const [name, patterns] of Object.entries({ AllowedOrigin: origins, AllowedHeader: headers })) {
    const wild = patterns.find((pattern) => pattern.split('*').length > 2);
    if (wild !== undefined) throw invalid(`${name} "${wild}" can not have more than one wildcard.`);
  }
}

const invalid = (message: string): StoreError => new StoreError('InvalidRequest', { message });
