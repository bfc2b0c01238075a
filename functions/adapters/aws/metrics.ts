import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Announcement } from '../../engine/ports/ports.ts';
import type { Receipt } from '../../transfer/receipt.ts';

/** Numbers for CloudWatch. We write them as a log line (EMF), so that counting needs no call and no permission. */
export function cloudWatchMetrics(metrics = new Metrics({ namespace: 'Partway', serviceName: 'partway' })) {
  return ({ type, detail }: Announcement): void => {
    metrics.addMetric(type.replace(' ', ''), MetricUnit.Count, 1); // TransferSucceeded, TransferFailed …
    const receipt = detail.receipt as Receipt | undefined;
    if (receipt) {
      metrics.addMetric('BytesCopied', MetricUnit.Bytes, receipt.bytes);
      metrics.addMetric('BytesResent', MetricUnit.Bytes, receipt.bytesResent);
      metrics.addMetric('Retries', MetricUnit.Count, receipt.retries);
      metrics.addMetric('Duration', MetricUnit.Seconds, receipt.seconds);
    }
    metrics.publishStoredMetrics();
  };
}
