/** 32 characters, as an R2 token's id has; whoever sends others is refused. */
export const r2Keys = { accessKeyId: 'A'.repeat(32), secretAccessKey: 'r2secretr2secret' } as const;
