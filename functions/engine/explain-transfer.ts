import { type Explanation, explain } from '../transfer/explain.ts';
import { transferIdOf } from '../transfer/identity.ts';
import type { Ports } from '../transfer/ports.ts';
import { parseRequest } from '../transfer/request.ts';
import { newTransfer } from '../transfer/transfer.ts';
import { carriageOf } from './object-write.ts';
import { inspectSource } from './source-pin.ts';

/** Says what a request would do, and why, or by which name it would be refused. Nothing is written anywhere. */
export const explainTransfer =
  (ports: Ports) =>
  async (body: unknown): Promise<Explanation> => {
    const request = parseRequest(body);
    ports.admit(request);
    // All ids are equally long, so that metadata which fits now will fit then.
    const transfer = newTransfer(transferIdOf('plan'), request, 0);
    const source = await inspectSource(ports, transfer);
    const { profile } = await ports.target({ request });
    return explain({ request, source, profile, ours: carriageOf({ ...transfer, source }, profile).ours });
  };
