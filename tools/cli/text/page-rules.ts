import type { EndpointFacts } from '../../../functions/engine/ports/ports.ts';
import { type ProviderName, providerFacts } from '../../../functions/providers/profiles.ts';
import type { OverwriteGuard } from '../../../functions/transfer/provider.ts';
import { type CorsRules, EXPOSED_HEADER, pushedHeaders } from '../../../functions/transfer/values/cors-rules.ts';
import { placeOf, placesFor } from '../../../functions/transfer/values/places.ts';

/** The rules that a store needs so that pages of an origin may push into its buckets. */
export type PageRules = {
  readonly endpoint: string;
  readonly origin: string;
  readonly buckets: readonly string[];
  readonly form: CorsRules['form'];
  /** The rules as the store's tool reads them from a file; undefined if the store has no rules for a bucket. */
  readonly rules: string | undefined;
  /** What a person must do for each bucket, or without such rules. */
  readonly how: readonly string[];
  /** The source of this knowledge, and how sure it is. */
  readonly source: string;
  readonly basis: string;
};

// Chromium keeps an answer for at most 2 hours. A shorter time lets a repaired rule take effect soon.
const MAX_AGE_SECONDS = 3600;

export function pageRules(endpoint: EndpointFacts, origin: string): PageRules {
  const { corsRules, overwriteGuard } = providerFacts[endpoint.provider as ProviderName];
  const { form, takesStar, how } = corsRules.value;
  const buckets = [...new Set(placesFor(endpoint, 'write').map((place) => placeOf(place).bucket))];
  const headers = takesStar ? ['*'] : [...pushedHeaders, ...guardHeader(overwriteGuard.value)];
  const at = endpoint.publicUrl ?? endpoint.url;
  const file = form === 'xml' ? 'cors.xml' : 'cors.json';
  const filled = (bucket: string) =>
    how
      .replace('--endpoint-url <url>', at === undefined ? `--region ${endpoint.region}` : `--endpoint-url ${at}`)
      .replaceAll('<bucket>', bucket)
      .replaceAll('<file>', file)
      .replaceAll('<origin>', origin);
  return {
    endpoint: endpoint.name,
    origin,
    buckets,
    form,
    rules: form === 'none' ? undefined : written(form, { origin, headers }),
    how: [...new Set(buckets.map(filled))],
    source: corsRules.source,
    basis: corsRules.basis,
  };
}

function guardHeader(guard: OverwriteGuard): string[] {
  return typeof guard === 'object' ? [guard.header] : [];
}

type Rule = { readonly origin: string; readonly headers: readonly string[] };

/** AWS: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html. functions/providers has the others' sources. */
function written(form: Exclude<CorsRules['form'], 'none'>, { origin, headers }: Rule): string {
  const json = (rules: unknown) => JSON.stringify(rules, undefined, 2);
  switch (form) {
    case 's3': {
      const rule = { AllowedOrigins: [origin], AllowedMethods: ['PUT'], AllowedHeaders: headers };
      return json({ CORSRules: [{ ...rule, ExposeHeaders: [EXPOSED_HEADER], MaxAgeSeconds: MAX_AGE_SECONDS }] });
    }
    case 'gcs': {
      // Google has one list for the headers of requests and of answers.
      const rule = { origin: [origin], method: ['PUT'], responseHeader: [...headers, EXPOSED_HEADER] };
      return json([{ ...rule, maxAgeSeconds: MAX_AGE_SECONDS }]);
    }
    case 'qingstor': {
      const rule = { allowed_origin: origin, allowed_methods: ['PUT'], allowed_headers: headers };
      return json({ cors_rules: [{ ...rule, expose_headers: [EXPOSED_HEADER], max_age_seconds: MAX_AGE_SECONDS }] });
    }
    case 'xml': {
      const elements = [
        `<AllowedOrigin>${origin}</AllowedOrigin>`,
        '<AllowedMethod>PUT</AllowedMethod>',
        ...headers.map((name) => `<AllowedHeader>${name}</AllowedHeader>`),
        `<ExposeHeader>${EXPOSED_HEADER}</ExposeHeader>`,
        `<MaxAgeSeconds>${MAX_AGE_SECONDS}</MaxAgeSeconds>`,
      ];
      return `<CORSConfiguration>\n  <CORSRule>\n    ${elements.join('\n    ')}\n  </CORSRule>\n</CORSConfiguration>`;
    }
  }
}
