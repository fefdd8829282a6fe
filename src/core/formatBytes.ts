const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size for people, in powers of 1000, to two or three digits: `512 B`, `1.5 MB`, `12 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** The way back: `20GB`, `1.5 MB`, `4GiB`, `300` (bytes); undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?)b?|b)?\s*$/i.exec(text);
  if (!match) return undefined;
  const power = match[2] === undefined ? 0 : ' kmgt'.indexOf(match[2].toLowerCase());
  return Number(match[1]) * (match[3] === 'i' || match[3] === 'I' ? 1024 : 1000) ** power;
}
