/** One record of a file: as it stands there, and by its columns. */
export interface Row {
  /** Blank cells are absent. */
  fields: Readonly<Record<string, string>>;
  /** Columns that are no field, by their normalised name; in NDJSON values of any type. */
  others: Readonly<Record<string, unknown>>;
}

export interface FileRecord {
  /** Number of its first line, from 1. */
  line: number;
  /** As it stands in the file, for the file of rejected rows; '' where that cannot be shown. */
  text: string;
  /** CSV: its cells. */
  cells?: string[];
  /** CSV: its cells by column. */
  row?: Row;
  problem?: string;
}
