import type { Case } from './case.ts';
import { described, empty, multipart, oneRequest, resume } from './copies.ts';
import { rotten, verified } from './read-backs.ts';
import { addressed, classes, guarded, limits, never, repaired, sessions, wrongKeys } from './refusals.ts';
import { changing, slowSource, source } from './sources.ts';
import { abort, listsParts, listsUploads, lost, readBack, throttled, unheard } from './uploads.ts';

export const cases: readonly Case[] = [
  ...[oneRequest, multipart, empty, resume, readBack, described],
  ...[verified, rotten],
  ...[listsParts, listsUploads, abort, lost, unheard, throttled],
  ...[never, guarded, classes, wrongKeys, repaired, addressed, sessions, limits],
  ...[source, changing, slowSource],
];
