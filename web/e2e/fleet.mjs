/** What a journey needs of the fleet besides its web address: mail that arrived, and its operator. */
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Milliseconds a mail may take, and between two looks. */
const MAIL_MS = 30_000;
const LOOK_MS = 200;

/** The fleet whose `state.json` and mail are in `folder`, as `make up` and the tests lay them out. */
export function fleet(folder) {
  const file = (name) => join(folder, name);
  const tenant = async () => {
    const { entries } = JSON.parse(await readFile(file('state.json'), 'utf8'));
    return entries.find(({ process }) => process.name === 'tenant').process.pid;
  };
  return {
    /** The newest mail to an address that says something, once it has come. */
    mailTo: async (address, says) => {
      const deadline = Date.now() + MAIL_MS;
      for (;;) {
        for (const name of (await readdir(file('mail'))).sort().reverse()) {
          const text = unfold(await readFile(join(file('mail'), name), 'utf8'));
          if (text.includes(address) && says.test(text)) return text;
        }
        if (Date.now() > deadline) throw new Error(`no mail to ${address} that says ${says}`);
        await new Promise((look) => setTimeout(look, LOOK_MS));
      }
    },
    /** What only an operator does: with the tenant service's own program and database. */
    makeStaff: async (address) => {
      const pid = await tenant();
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
      const env = Object.fromEntries(
        environment
          .split('\0')
          .filter(Boolean)
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
      const program = (await readlink(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, '');
      await promisify(execFile)(program, ['platform-admin', 'grant', address], { env });
    },
  };
}

/** A mail's text without its quoted-printable line ends and escapes. */
function unfold(text) {
  return text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
