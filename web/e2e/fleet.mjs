/** What a journey needs of the fleet besides its web address: mail that arrived, and its operator. */
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { connect } from 'node:net';
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
  const environment = async () =>
    Object.fromEntries(
      (await readFile(`/proc/${await tenant()}/environ`, 'utf8'))
        .split('\0')
        .filter(Boolean)
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
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
      const env = await environment();
      const program = (await readlink(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, '');
      await promisify(execFile)(program, ['platform-admin', 'grant', address], { env });
    },
    /** Buries a mail to an address of an organization, as if the reader of mail had given it up. */
    buryMail: async (address, organization) => {
      const letter = message([
        [1, `evt_01ARZ3NDEKTSV4${String(Date.now()).slice(-12)}`],
        [2, 'tenant.mail'],
        [3, 1],
        [4, organization],
        [6, 'tenant'],
        [
          10,
          message([
            [1, 'new_sign_in'],
            [2, address],
            [8, 'a place nobody knows'],
          ]),
        ],
      ]);
      const headers = Buffer.from(
        'NATS/1.0\r\nWt-Subject: tenant.mail\r\nWt-Cause: the mail server was away\r\nWt-Deliveries: 5\r\n\r\n',
      );
      const { NATS_URL } = await environment();
      await publish(new URL(NATS_URL), 'dlq.DOMAIN.notify-mail', headers, letter);
    },
  };
}

/** A mail's text without its quoted-printable line ends and escapes. */
function unfold(text) {
  return text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** A protobuf message of texts, numbers below 128 and messages. */
function message(fields) {
  return Buffer.concat(
    fields.map(([field, value]) => {
      if (typeof value === 'number') return Buffer.from([field << 3, value]);
      const bytes = Buffer.from(value);
      const length = [];
      let left = bytes.length;
      for (; left > 127; left >>= 7) length.push((left & 127) | 128);
      return Buffer.concat([Buffer.from([(field << 3) | 2, ...length, left]), bytes]);
    }),
  );
}

/** Puts a message on the bus, in the words of its protocol: the fleet's own client is not ours. */
function publish({ hostname, port, username, password }, subject, headers, body) {
  const me = { verbose: false, headers: true, pedantic: false };
  if (username) Object.assign(me, { user: username, pass: decodeURIComponent(password) });
  const sizes = `${headers.length} ${headers.length + body.length}`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port || 4222) });
    socket.on('error', reject);
    socket.on('data', (said) => {
      if (/-ERR/.test(said)) reject(new Error(String(said)));
      // The answer to the ping: everything before it has arrived.
      if (/PONG/.test(said)) socket.end(resolve);
    });
    socket.write(`CONNECT ${JSON.stringify(me)}\r\nHPUB ${subject} ${sizes}\r\n`);
    socket.write(Buffer.concat([headers, body]));
    socket.write('\r\nPING\r\n');
  });
}
