/**
 * The failures of the CLI, of a client in a page, and of the stack on this computer, with what to do. All other failures
 * have names from functions/transfer/errors.ts. docs/errors.md explains them all.
 */
export const localErrors = {
  NoStack:
    'Start the stack with `partway serve` (or `npm run local` in the project folder), or name a deployed one with --api <url> or PARTWAY_API.',
  NoCredentials: 'Give AWS credentials: AWS_PROFILE, `aws configure`, `aws sso login` or the AWS_* variables.',
  SettingsInvalid:
    'Correct settings.json; docs/endpoints.md shows its form. If a stack runs, it reads the keys in it again by itself.',
  FolderInUse: 'Wait until that process has ended, stop it, or choose another folder with --home or PARTWAY_HOME.',
  FolderUnusable: 'Repair the folder, or choose one that you can write to with --home or PARTWAY_HOME.',
  DiskFull:
    'Make room on the disk, or choose a folder on another disk with --home or PARTWAY_HOME. Then start again: everything that was confirmed is there, and transfers go on.',
  SpoolUnusable:
    'Make room in that folder, or name another one with --spool. Then give the same command again with the same stream: what is at the target is compared, and not sent.',
  BuildFailed: 'Run `node tools/build.ts` in the project folder, and repair what it reports.',
  CorsRefused:
    'Let the origin of the page send into the bucket: `partway endpoints cors <endpoint> --origin <origin>` prints the rules that the store needs.',
} as const;

export type LocalErrorName = keyof typeof localErrors;

/** An expected failure of the stack on this computer. Nothing was started, and a person can repair it. */
export class LocalError extends Error {
  override readonly name: LocalErrorName;

  constructor(name: LocalErrorName, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = name;
  }
}

/** DiskFull, if that is what an error of the operating system or of the database means. `undefined`: something else. */
export function diskFull(error: unknown): LocalError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT' || /No space left on device/.test(message))
      return new LocalError('DiskFull', 'The disk is full, so the stack on this computer ended.', error);
  }
  return undefined;
}
