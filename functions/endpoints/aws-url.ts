const region = '[a-z]{2}(?:-[a-z]+)+-\\d';
const plain = `s3(?:-fips|-accelerate|-${region})?(?:\\.dualstack)?(?:\\.${region})?`;
/** An interface endpoint of a VPC. It leads to S3 itself by AWS PrivateLink. */
const inVpc = `bucket\\.vpce-[a-z0-9-]+\\.s3\\.${region}\\.vpce`;
const host = new RegExp(`^(?:${plain}|${inVpc})\\.amazonaws\\.(?:com|com\\.cn|eu)$`);

/**
 * Whether a URL is S3's own, so that the Lambdas' role may sign for it: over HTTPS, and with one of the names in
 * https://docs.aws.amazon.com/general/latest/gr/s3.html and
 * .../AmazonS3/latest/userguide/privatelink-interface-endpoints.html.
 */
export function isAwsUrl(url: string): boolean {
  return isHttpsTo(host, url);
}

const sts = new RegExp(
  `^(?:sts(?:-fips)?(?:\\.${region})?|vpce-[a-z0-9-]+\\.sts\\.${region}\\.vpce)\\.amazonaws\\.(?:com|com\\.cn|eu)$`,
);

/** The same for STS: https://docs.aws.amazon.com/general/latest/gr/sts.html */
export function isAwsStsUrl(url: string): boolean {
  return isHttpsTo(sts, url);
}

function isHttpsTo(hosts: RegExp, url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' && hosts.test(hostname);
}
