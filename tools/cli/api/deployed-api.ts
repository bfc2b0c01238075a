import { urlIn } from '../../../functions/transfer/values/url-in.ts';
import { type Api, type Auth, iam } from '../../client/api/auth.ts';
import { isClearText } from '../../client/api/clear-text.ts';
import { invalid } from '../failure/failure.ts';

/**
 * A deployed stack, called with the AWS credentials of the person who runs the CLI: environment, profile, SSO, role.
 */
export function deployedApi({ apiUrl, region }: { apiUrl: string; region: string | undefined }): Api {
  const url = urlIn(apiUrl);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw invalid(`--api takes the URL of the API, as https://…; "${apiUrl}" is none.`);
  }
  if (isClearText(url))
    throw invalid(
      `--api takes https://…; over http:// everybody on the way to ${url.hostname} could read the session token of your credentials.`,
    );
  const signingRegion =
    region ?? regionInHost(url.hostname) ?? (process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION);
  if (!signingRegion) throw invalid(`${url.hostname} does not say its region.`, 'Give --region, or set AWS_REGION.');
  const open = async (): Promise<Auth> => {
    // It is slow to load, and the stack on this computer does not need it.
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    return iam({ region: signingRegion, credentials: defaultProvider() });
  };
  let opened: Promise<Auth> | undefined;
  return {
    url: apiUrl,
    auth: async (request) => {
      opened ??= open();
      return (await opened)(request);
    },
  };
}

/** API Gateway's own host names always contain the right region, so the name counts before AWS_REGION. */
function regionInHost(host: string): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(host)?.[1];
}
