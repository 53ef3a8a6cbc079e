"""mautrix-python as the tests drive it: its own cryptographic machine over libolm, and its own cross-signing."""

import asyncio
import sys

from mautrix.client import Client
from mautrix.client.encryption_manager import DecryptionDispatcher
from mautrix.client.state_store.memory import MemoryStateStore
from mautrix.crypto import MemoryCryptoStore, OlmMachine
from mautrix.crypto.attachments import decrypt_attachment, encrypt_attachment
from mautrix.errors import SessionNotFound
from mautrix.types import EventType, StateEvent, TrustState

from wire import serve, tell_event


class Store(MemoryStateStore):
    async def find_shared_rooms(self, user_id):
        return [room for room, members in self.members.items() if user_id in members]


class MautrixPeer:
    async def sign_in(self, homeserver, user, password):
        crypto_store = MemoryCryptoStore(user, "tests")
        self.state = Store()
        self.client = Client(base_url=homeserver, sync_store=crypto_store, state_store=self.state)
        await self.client.login(identifier=user, password=password, device_name="mautrix")
        machine = OlmMachine(self.client, crypto_store, self.state)
        # What Besace does as well: keys for signed devices only.
        machine.send_keys_min_trust = TrustState.CROSS_SIGNED_TOFU
        await machine.load()
        self.client.crypto = machine
        # It drops what came before its key: `_on_encrypted` waits.
        self.client.remove_dispatcher(DecryptionDispatcher)
        self.names = {}
        self.client.add_event_handler(EventType.ALL, self._on_event)
        self.client.add_event_handler(EventType.ROOM_ENCRYPTED, self._on_encrypted)
        await machine.share_keys()
        self.syncing = self.client.start(None)
        return {"user_id": self.client.mxid, "device_id": self.client.device_id}

    async def sign(self, code):
        """Its own identity when there is no code of another client's."""
        machine = self.client.crypto
        if code is None:
            return await machine.generate_recovery_key()
        await machine.verify_with_recovery_key(code)

    async def join(self, room_id):
        await self.client.join_room_by_id(room_id)
        while not await self.state.is_encrypted(room_id):
            await asyncio.sleep(0.05)

    async def send(self, room_id, type, content):
        event_type = EventType.find(type, t_class=EventType.Class.MESSAGE)
        return await self.client.send_message_event(room_id, event_type, content)

    async def redact(self, room_id, event_id):
        return await self.client.redact(room_id, event_id)

    async def upload(self, text, name, mimetype):
        sealed, file = encrypt_attachment(text.encode())
        file.url = await self.client.upload_media(sealed, mime_type="application/octet-stream")
        return file.serialize()

    async def download(self, file):
        sealed = await self.client.download_media(file["url"])
        return decrypt_attachment(sealed, file["key"]["k"], file["hashes"]["sha256"], file["iv"]).decode()

    async def room_name(self, room_id):
        return self.names.get(room_id)

    async def close(self):
        self.client.stop()
        await self.client.api.session.close()

    async def _on_event(self, event):
        if event.type == EventType.ROOM_NAME:
            self.names[event.room_id] = event.content.name
        if event.type != EventType.ROOM_ENCRYPTED and event.type.is_message:
            tell_event(event.room_id, event.serialize(), bool(event.get("mautrix", {}).get("was_encrypted")))

    async def _on_encrypted(self, event):
        if isinstance(event, StateEvent):
            return
        crypto = self.client.crypto
        try:
            opened = await crypto.decrypt_megolm_event(event)
        except SessionNotFound as locked:
            tell_event(event.room_id, event.serialize(), False)
            if not await crypto.wait_for_session(event.room_id, locked.session_id, timeout=30):
                return
            opened = await crypto.decrypt_megolm_event(event)
        self.client.dispatch_event(opened, event.source)


if __name__ == "__main__":
    asyncio.run(serve(MautrixPeer()))
    sys.exit(0)
