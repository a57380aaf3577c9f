/** The table that `npm run bench` prints: what was measured, beside its peer of the same run and the budget. */
export interface Row {
  work: string;
  measured: string;
  peer: string;
  /** What the budget is about, e.g. the ratio. */
  ratio: string;
  budget: string;
  /** null where the budget is not about a ratio that can be judged here. */
  kept: boolean | null;
}

export function markdown(rows: Row[]): string {
  const lines = [
    ['work', 'measured', 'peer in the same run', 'ratio', 'budget', 'kept'],
    ['---', '---', '---', '---', '---', '---'],
    ...rows.map((row) => [
      row.work,
      row.measured,
      row.peer,
      row.ratio,
      row.budget,
      row.kept === null ? '–' : row.kept ? 'yes' : 'no',
    ]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export const times = (ratio: number) => `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)}×`;
