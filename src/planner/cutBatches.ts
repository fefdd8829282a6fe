import type { Picture, PictureBatch } from './types.ts';

/**
 * The batches in which missing pictures are made. Recorded ones come first, as they were cut, though part of them may be
 * there already: the bytes of a picture may depend on its company. What no record holds is cut anew, in plan order, by
 * snapshot and sampler. Batches without a missing picture are left out.
 *
 * @param size pictures in a batch, at most
 * @param recorded keys of the pictures of each batch cut for this sweep before
 */
export function cutBatches(
  pictures: readonly Picture[],
  completed: (key: string) => boolean,
  size: number,
  recorded: readonly (readonly string[])[] = [],
): PictureBatch[] {
  const byKey = new Map(pictures.map(picture => [picture.key, picture]));
  const batches: PictureBatch[] = [];
  const add = (members: readonly Picture[]): void => {
    const [first] = members;
    const missing = members.map(({ key }) => key).filter(key => !completed(key));
    if (!first || missing.length === 0) return;
    batches.push({ snapshotKey: first.snapshotKey, sampler: first.sampler, pictures: [...members], missing });
  };

  const placed = new Set<string>();
  for (const keys of recorded) {
    // A picture that the sweep file no longer asks for has left its batch, and one that came twice stays in its first.
    const members = keys.filter(key => !placed.has(key)).flatMap(key => byKey.get(key) ?? []);
    for (const { key } of members) placed.add(key);
    add(members);
  }

  const rest = pictures.filter(({ key }) => !placed.has(key) && !completed(key));
  for (const members of grouped(rest)) {
    for (let i = 0; i < members.length; i += size) add(members.slice(i, i + size));
  }
  return batches;
}

/** Pictures of one snapshot with equal samplers together, in the order of their first ones. */
function grouped(pictures: readonly Picture[]): Picture[][] {
  const groups: Picture[][] = [];
  const bySampler = new Map<string, Map<string | null, Picture[]>>();
  // Samplers are shared between pictures: each is written out once.
  const known = new Map<Picture['sampler'], Map<string | null, Picture[]>>();
  for (const picture of pictures) {
    const { sampler, snapshotKey } = picture;
    let bySnapshot = known.get(sampler);
    if (!bySnapshot) {
      const id = JSON.stringify(sampler);
      bySnapshot = bySampler.get(id) ?? new Map();
      bySampler.set(id, bySnapshot);
      known.set(sampler, bySnapshot);
    }
    const members = bySnapshot.get(snapshotKey);
    if (members) members.push(picture);
    else {
      const group = [picture];
      bySnapshot.set(snapshotKey, group);
      groups.push(group);
    }
  }
  return groups;
}
