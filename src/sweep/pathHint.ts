/** What may be wrong with a path, as it was written, of something that is not there. */
export const pathHint = (written: string): string =>
  written.startsWith('~')
    ? 'Write out what ~ stands for: paths are relative to the sweep file, or whole ones'
    : 'Paths are relative to the sweep file';
