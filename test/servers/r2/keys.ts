/** The only keys that the R2 server accepts. The id has 32 characters, like the id of an R2 token. */
export const r2Keys = { accessKeyId: 'A'.repeat(32), secretAccessKey: 'r2secretr2secret' } as const;
