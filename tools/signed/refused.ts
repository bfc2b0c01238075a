/** Why a signature is not taken, in S3's codes: its list is the most exact. Each server answers in the words of its own protocol. */
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
  /** Said where there is more to say than the code. */
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
