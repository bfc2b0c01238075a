import type { Chance } from './chance.ts';
import type { People } from './people.ts';
import { type Incident, isPushed, type Scenario, type Wish } from './scenario.ts';
import type { World } from './world.ts';

/** Puts the objects where they are when the world begins. */
export function furnish(world: World, { wish, rival, isThereBefore }: Scenario): void {
  putSource(world, wish.sourceKey, wish.bytes);
  if (rival.sourceKey !== wish.sourceKey) putSource(world, rival.sourceKey, rival.bytes);
  const write = writeAt(wish.request.target.key, {});
  if (isThereBefore) world.target.put(write, Buffer.from('what was there before'));
}

/** Somebody wants a new object at each of these keys, by the console. */
export function furnishLast(world: World, people: People, places: readonly string[]): void {
  putSource(world, 'x3', 100);
  for (const place of places) {
    const target = { endpoint: 'b', bucket: 'data', key: place.replace('data/', '') };
    const request = { source: { endpoint: 'a', bucket: 'data', key: 'x3' }, target };
    people.ask({ sourceKey: 'x3', bytes: 100, partBytes: 100, request, way: 'console', idempotencyKey: '' });
  }
}

/** Until the world heals, in vain or not. */
export function keepResuming(world: World, people: People, everyMs: number): void {
  world.scheduler.after(everyMs, () => {
    if (world.scheduler.sinceMs() >= world.weather.healsAtMs) return;
    for (const { transfer } of world.table.headers.values())
      if (transfer.state === 'failed') people.resume(transfer.transferId);
    keepResuming(world, people, everyMs);
  });
}

/** A new generation of a source object. The model remembers all of them. */
export function putSource(world: World, key: string, bytes: number): void {
  putContent(world, key, Buffer.from(Array.from({ length: bytes }, () => world.chance.whole(0, 255))));
}

function putContent({ source, model }: World, key: string, content: Buffer): void {
  const { etag } = source.put(writeAt(key, { colour: 'blue' }), content);
  if (model.generations.has(key)) model.changedSources.add(key);
  const generations = model.generations.get(key) ?? new Map<string, Buffer>();
  model.generations.set(key, generations.set(etag, content));
}

function writeAt(key: string, metadata: Record<string, string>) {
  const target = { endpoint: 'a', bucket: 'data', key };
  return { target, headers: {}, metadata, storageClass: undefined, onlyIfAbsent: false };
}

/** What happens at one moment, from outside. */
export function happen(world: World, people: People, scenario: Scenario, { kind }: Incident): void {
  world.trace.note('the world', `${kind}`);
  const ids = [...world.table.headers.keys()];
  const some = ids.length > 0 ? world.chance.pick(ids) : undefined;
  if (kind === 'stop') people.stop();
  else if (kind === 'redrive') people.redrive();
  else if (kind === 'again') people.ask(scenario.wish);
  else if (kind === 'rival') people.ask(scenario.rival);
  else if (kind === 'lose uploads') loseUploads(world);
  else if (kind === 'lose uploads again and again') keepLosingUploads(world, world.chance.whole(4, 40));
  else if (kind === 'lose parts') loseParts(world, world.chance);
  else if (kind === 'change the source') changeSource(world, scenario.wish);
  else if (kind === 'take the source away') takeSourceAway(world, scenario.wish);
  else if (some !== undefined) people[kind](some);
}

/** As a lifecycle rule or a clean-up job does it. */
function loseUploads({ target }: World): void {
  target.uploads.clear();
}

function keepLosingUploads(world: World, times: number): void {
  loseUploads(world);
  if (times > 0) world.scheduler.after(world.chance.magnitude(200, 60_000), () => keepLosingUploads(world, times - 1));
}

function loseParts({ target }: World, chance: Chance): void {
  for (const { parts } of target.uploads.values())
    for (const partNumber of [...parts.keys()]) if (chance.happens(0.3)) parts.delete(partNumber);
}

/** Only where the product was asked to hold on to a generation: otherwise whoever asked takes what comes. */
function changeSource(world: World, wish: Wish): void {
  const { sourceKey, request, partBytes } = wish;
  const present = world.source.objects.get(sourceKey);
  if (!present) return;
  if (isPushed(wish)) changeInside(world, sourceKey, present.bytes);
  else if (request.verifySource !== false) putSource(world, sourceKey, world.chance.whole(0, 40 * partBytes));
}

/** The push is found again by its length and its edges, so it is the same push with other bytes. */
function changeInside(world: World, key: string, before: Buffer): void {
  if (before.length < 3) return;
  const content = Buffer.from(before);
  content[world.chance.whole(1, before.length - 2)]! ^= 1;
  putContent(world, key, content);
}

function takeSourceAway({ source, scheduler, chance, trace, model, weather }: World, wish: Wish): void {
  const { sourceKey: key } = wish;
  const object = source.objects.get(key);
  if (!object || isPushed(wish)) return; // a client reads on in a file that was removed
  source.objects.delete(key);
  model.changedSources.add(key);
  const leftMs = weather.healsAtMs - scheduler.sinceMs();
  scheduler.after(Math.min(leftMs, chance.magnitude(1000, 12 * 3_600_000)), () => {
    trace.note('the world', 'brings the source back');
    if (!source.objects.has(key)) source.objects.set(key, object);
  });
}
