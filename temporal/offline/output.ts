/** Data on standard output, in large pieces and at the pace of whoever reads it; a reader that has seen enough (`| head`) is no failure. */

const PIECE = 64 * 1024;

/** @returns when everything has been taken, or nobody takes it any more */
export async function writeOut(pieces: Iterable<string>, out: NodeJS.WritableStream = process.stdout): Promise<void> {
  let problem: NodeJS.ErrnoException | null = null;
  let wake: () => void = () => undefined;
  const onError = (error: NodeJS.ErrnoException): void => {
    problem = error;
    wake();
  };
  out.on('error', onError);
  const failed = (): boolean => {
    if (problem !== null && problem.code !== 'EPIPE')
      throw new Error(`The output cannot be written: ${problem.message}.`);
    return problem !== null;
  };
  let text = '';
  const flush = async (): Promise<void> => {
    const taken = new Promise<void>((resolve) => (wake = resolve));
    out.write(text, () => wake());
    text = '';
    await taken;
  };
  for (const piece of pieces) {
    text += piece;
    if (text.length < PIECE) continue;
    await flush();
    if (failed()) return;
  }
  if (text !== '') await flush();
  failed();
}
