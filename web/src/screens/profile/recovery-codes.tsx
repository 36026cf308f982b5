/** Codes for the day the app is lost: shown once, to be kept somewhere else. */
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Dialog } from '@/ui/dialog';
import { saveFile } from '@/ui/save-file';

/** The file a person keeps. */
export function asFile(codes: readonly string[]): string {
  return ['Watchtower recovery codes. Each works once.', '', ...codes, ''].join('\n');
}

export function RecoveryCodes(props: { codes: readonly string[]; onClose: () => void }) {
  return (
    <Dialog
      open={props.codes.length > 0}
      onClose={props.onClose}
      title="Keep your recovery codes"
      says="Each signs you in once without the app. They are stored only as hashes and can't be shown again."
    >
      <ul
        aria-label="Recovery codes"
        className="grid gap-1 rounded-md bg-sunken p-3 font-mono text-sm sm:grid-cols-2"
      >
        {props.codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <CopyButton value={props.codes.join('\n')} what="recovery codes" />
        <Button
          size="small"
          onClick={() =>
            saveFile('watchtower-recovery-codes.txt', 'text/plain', asFile(props.codes))
          }
        >
          Download
        </Button>
        <Button size="small" look="primary" onClick={props.onClose}>
          I have kept them
        </Button>
      </div>
    </Dialog>
  );
}
