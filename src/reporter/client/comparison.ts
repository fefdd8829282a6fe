import { factsOf } from '../shared/facts.ts';
import type { PageData } from '../shared/pageData.ts';
import { photoPin, pinnedPhoto, type View } from '../shared/viewHash.ts';
import type { Photo, PictureSources } from './pictureSources.ts';

/** The photo that is picture A of a comparison; undefined where a cell's picture is, or none. */
export function photoOfA({ pinned }: View, { photos }: PictureSources): Photo | undefined {
  const wanted = pinned === null ? null : pinnedPhoto(pinned);
  return wanted === null ? undefined : [...photos.values()].flat().find(({ number }) => number === wanted);
}

/** What picture A is, in words; null where there is none to compare with. */
export function titleOfA(view: View, data: PageData, sources: PictureSources): string | null {
  if (view.pinned === null) return null;
  return pinnedPhoto(view.pinned) === null
    ? factsOf(data, view.pinned).title
    : (photoOfA(view, sources)?.alt ?? null);
}

/** The subject's photo that comes after the one that is picture A: its first one, where none is. */
export function nextPhoto(view: View, data: PageData, { photos }: PictureSources): Photo | undefined {
  const setting = data.settings[data.cells[view.open ?? -1]?.[2] ?? -1];
  const own = photos.get(setting?.subject ?? '') ?? [...photos.values()][0] ?? [];
  const at = own.findIndex(({ number }) => photoPin(number) === view.pinned);
  return own[(at + 1) % own.length];
}
