import { parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import type { OutboxItem } from '../api/types.ts';
import { createBesace } from '../besace.ts';
import { createNodePlatform } from '../platform/node.ts';
import { fileText, isFile, nameOf } from './killing.ts';
import { must } from './testing.ts';

/*
 * A device in a process of its own, for the test that kills it. Arguments: folder, homeserver, user, password, and either `invite <user>` (first
 * life: signs in, makes a conversation, says its id) or `send <room> <from> <count>` (sends the numbered messages that are left, of which every
 * fifth is a file, and ends when all left).
 */
const [
  ,
  ,
  directory = '',
  homeserver = '',
  user = '',
  password = '',
  verb = '',
  subject = '',
  from = '0',
  count = '0',
] = process.argv;

const api = createBesace(await createNodePlatform({ directory }));
if (verb === 'invite') await begin();
else await send();
process.exit(0);

async function begin(): Promise<void> {
  must(await api.signIn({ homeserver, user, password, deviceName: 'killed' }));
  const { code } = must(await api.setUpRecovery({ password }));
  must(await api.confirmRecoveryCode(code));
  const guest = must(parseUserId(subject));
  say(must(await api.createConversation({ name: 'Killed', invite: [guest], direct: false })));
}

async function send(): Promise<void> {
  must(await api.restore());
  const room = must(parseRoomId(subject));
  let waiting: readonly OutboxItem[] = [];
  const { promise: known, resolve } = Promise.withResolvers<void>();
  let onChange: () => void = resolve;
  await api.watchOutbox((items) => {
    waiting = items;
    say(`waiting ${items.length}`);
    onChange();
  });
  await known;
  for (let n = Number(from); n < Number(count); n++) {
    // The same id in every life: one that was accepted just before the kill is not sent twice.
    const txnId = `killed-${user}-${n}`;
    if (isFile(n)) must(await api.sendFile(room, new Blob([fileText(n)]), { name: nameOf(n), txnId }));
    else must(await api.sendText(room, { text: nameOf(n), txnId }));
    say(`accepted ${n}`);
  }
  while (waiting.length > 0) {
    await new Promise<void>((done) => {
      onChange = done;
    });
  }
  say('done');
}

function say(line: string): void {
  process.stdout.write(`@ ${line}\n`);
}
