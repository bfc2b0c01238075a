/**
 * Why we refuse a signature. These are S3's codes, because S3's list is the most exact. Each server translates them into
 * the words of its own protocol.
 */
export type SignatureFault =
  | 'AccessDenied'
  | 'AuthorizationHeaderMalformed'
  | 'AuthorizationQueryParametersError'
  | 'InvalidAccessKeyId'
  | 'InvalidRequest'
  | 'InvalidToken'
  | 'InvalidURI'
  | 'RequestTimeTooSkewed'
  | 'SignatureDoesNotMatch'
  | 'XAmzContentSHA256Mismatch';

type Details = {
  /** Says more than the code. */
  readonly message?: string;
  readonly elements?: Readonly<Record<string, string>>;
};

/** The signature of a request is missing, wrong or too old, or its key is unknown here. */
export class SignatureRefusedError extends Error {
  readonly code: SignatureFault;
  readonly details: Details;

  constructor(code: SignatureFault, details: Details = {}) {
    super(details.message ?? code);
    this.name = 'SignatureRefusedError';
    this.code = code;
    this.details = details;
  }
}
