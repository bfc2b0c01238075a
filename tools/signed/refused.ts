/**
 * Why a signature is refused, in S3's codes, since S3's list is the most exact. Each server answers in the words of its
 * own protocol.
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
  /** Set if there is more to say than the code. */
  readonly message?: string;
  readonly elements?: Readonly<Record<string, string>>;
};

/** A request whose signature is missing, wrong, too old, or made by nobody who is known here. */
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
