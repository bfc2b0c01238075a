/** Binary sizes, in bytes. Vendors write "MB" and mean MiB more often than not; the profiles say which. */
export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
export const TiB = 1024 * GiB;
