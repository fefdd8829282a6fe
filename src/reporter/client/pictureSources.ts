import type { PageData } from '../shared/pageData.ts';

/** Pictures up to this side are in their thumbnails without loss: no original is loaded. */
const WHOLE = 256;

export interface PictureSources {
  /** Of a position in `PageData.pictures`. */
  thumbnail(picture: number): string;
  full(picture: number): string;
  photos: ReadonlyMap<string, Photo[]>;
}

export interface Photo {
  /** From 0, over all subjects. */
  number: number;
  src: string;
  alt: string;
}

/**
 * Where pictures come from: beside the page, or out of the part of it that is for readers without scripts, where every
 * picture stands once.
 */
export function pictureSources(data: PageData): PictureSources {
  const inline = new Map<number, string>();
  if (data.inline) {
    for (const { textContent } of document.querySelectorAll('noscript')) {
      for (const [, picture, src] of (textContent ?? '').matchAll(/data-p="(\d+)" src="([^"]+)"/g)) {
        inline.set(Number(picture), src ?? '');
      }
    }
  }
  const thumbnail = (picture: number): string =>
    inline.get(picture) ?? `images/thumbs/${data.pictures[picture]?.id}.webp`;
  const photos = new Map<string, Photo[]>();
  const shown = document.querySelectorAll<HTMLImageElement>('img[data-photo-of]');
  for (const [number, image] of shown.entries()) {
    const subject = image.dataset.photoOf ?? '';
    photos.set(subject, [...(photos.get(subject) ?? []), { number, src: image.src, alt: image.alt }]);
  }
  return {
    thumbnail,
    full(picture) {
      const [width, height] = data.pictures[picture]?.side ?? [0, 0];
      return Math.max(width, height) <= WHOLE
        ? thumbnail(picture)
        : `images/${data.pictures[picture]?.id}.png`;
    },
    photos,
  };
}
