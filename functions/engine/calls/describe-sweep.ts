import { TransferError } from '../../transfer/errors.ts';
import { type SweepView, sweepView } from '../../transfer/sweep-report.ts';
import type { Ports } from '../ports/ports.ts';
import { wholeNumber } from './describe-transfer.ts';

export const LATEST = 'latest';

/** The report of a sweep, or of the latest one, with one page of its rows. Throws NotFound. */
export const describeSweep =
  ({ sweeps }: Ports) =>
  async (sweepId: string, { after }: { readonly after?: string | undefined }): Promise<SweepView> => {
    const summary = sweepId === LATEST ? (await sweeps.newest(1))[0] : await sweeps.read(sweepId);
    if (!summary) {
      const what = sweepId === LATEST ? 'No sweep has begun yet; it runs once a day.' : `There is no sweep ${sweepId}.`;
      throw new TransferError('NotFound', what);
    }
    const { pageCount } = summary;
    const page = wholeNumber('after', after, { otherwise: 0, max: pageCount }) + 1;
    const rows = page <= pageCount ? await sweeps.rows(summary.sweepId, page) : [];
    return sweepView(summary, { page, rows });
  };
