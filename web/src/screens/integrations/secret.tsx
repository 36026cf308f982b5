/** A signing secret, shown this once, and how a receiver uses it. */
import type { FreshIntegration } from '@/client';
import { CopyButton } from '@/ui/copy-button';
import { Dialog } from '@/ui/dialog';

/** What a message looks like on the wire. */
const SAMPLE = `webhook-id: msg_5f1c…
webhook-timestamp: 1795240800
webhook-signature: v1,K5oZfz…=`;

export function Secret({ fresh, onClose }: { fresh: FreshIntegration; onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={onClose}
      title="Copy the signing secret now"
      says="The receiver checks with it that a message is ours. It can't be shown again."
    >
      <code className="rounded-md bg-sunken p-3 font-mono text-sm break-all">{fresh.secret}</code>
      <div>
        <CopyButton value={fresh.secret} what="secret" />
      </div>
      <p className="text-sm text-ink-muted">
        Every message carries these headers (Standard Webhooks, whose libraries check them). The
        signature is HMAC-SHA256 over id, timestamp and body, with dots between; an id that comes
        again is the same message.
      </p>
      <pre className="overflow-x-auto rounded-md bg-sunken p-3 font-mono text-xs">{SAMPLE}</pre>
    </Dialog>
  );
}
