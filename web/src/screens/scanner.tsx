/** For whoever finds us in their logs: who this is, what it sends, how to make it stop. */
import { CopyButton } from '@/ui/copy-button';
import { Card, Facts, Screen } from '@/ui/screen';
import { Site } from './site';

/** How the engine introduces itself (`wt_engine::ENGINE_NAME`); the version follows the slash. */
const USER_AGENT = 'watchtower-engine/';

export function Scanner() {
  // The mailbox that RFC 2142 §4 asks of every domain.
  const abuse = `abuse@${window.location.hostname}`;
  return (
    <Site>
      <Screen
        narrow
        title="Who scanned me?"
        says="Watchtower looks only at what somebody has proved to own. If that was not you, tell us: it stops."
      >
        <Card title="How to recognize it">
          <Facts
            rows={[
              [
                'User-Agent',
                <span key="agent" className="flex flex-wrap items-center gap-2">
                  <code className="font-mono">{USER_AGENT}…</code>
                  <CopyButton value={USER_AGENT} what="user agent" />
                </span>,
              ],
              [
                'Addresses',
                'Those of this installation’s workers. Ask the contact below whether one of yours is among them.',
              ],
              [
                'Contact',
                <span key="contact" className="flex flex-wrap items-center gap-2">
                  <a href={`mailto:${abuse}`} className="text-accent underline">
                    {abuse}
                  </a>
                  <CopyButton value={abuse} what="contact" />
                </span>,
              ],
            ]}
          />
        </Card>
        <Card title="What it does">
          <ul className="grid list-disc gap-1.5 pl-5 text-sm">
            <li>Connects to ports and reads what a service says of itself.</li>
            <li>
              Sends harmless requests: no passwords are guessed, nothing is written or deleted.
            </li>
            <li>
              Checks that may leave traces run only where the owner chose them, within the limits
              the owner set.
            </li>
            <li>
              Never connects outside what was proved: every address is checked again at the moment
              of connecting, also behind redirects and names that moved.
            </li>
          </ul>
        </Card>
        <Card title="How to make it stop">
          <ol className="grid list-decimal gap-1.5 pl-5 text-sm">
            <li>
              Remove the proof: the DNS record{' '}
              <code className="font-mono">_watchtower-challenge…</code> or the file below{' '}
              <code className="font-mono">/.well-known/watchtower-challenge/</code>. Proofs are
              looked for again regularly; without them nothing is scanned.
            </li>
            <li>
              Or write to <span className="font-medium">{abuse}</span> with the address that was
              scanned and when. Whoever asked for the scan is on record, with the proof they gave.
            </li>
          </ol>
        </Card>
      </Screen>
    </Site>
  );
}
