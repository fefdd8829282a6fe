export interface Theme {
  background: string;
  text: string;
  strong: string;
  grid: string;
  /** Told apart by lightness, too; repeated, dashed, where there are more lines. */
  lines: readonly string[];
  accent: string;
}

export const THEMES: Record<'light' | 'dark', Theme> = {
  light: {
    background: '#ffffff',
    text: '#4a5260',
    strong: '#161b22',
    grid: '#e7eaee',
    lines: ['#0b7a75', '#d1495b', '#30499b', '#c98a00', '#7b3f9d', '#3d8b37', '#1583b7', '#8a5a44'],
    accent: '#0b7a75',
  },
  dark: {
    background: '#171b22',
    text: '#aab3c0',
    strong: '#e9edf2',
    grid: '#2a313b',
    lines: ['#4fd1c5', '#ff8a98', '#8fa6ff', '#f2c14e', '#cf9bef', '#8fd688', '#68c4f2', '#d1a58c'],
    accent: '#4fd1c5',
  },
};

/** The n-th line's colour and dashes. */
export function lineStyle(theme: Theme, n: number): { colour: string; dash: number[] } {
  const round = Math.floor(n / theme.lines.length);
  return {
    colour: theme.lines[n % theme.lines.length] ?? theme.text,
    dash: round === 0 ? [] : [6, 2 + 2 * round],
  };
}
