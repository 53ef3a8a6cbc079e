"""matrix-nio as the tests drive it: what its documentation says to do, and nothing of Besace."""

import asyncio
import io
import json
import sys
import tempfile

from nio import AsyncClient, AsyncClientConfig, Event, MegolmEvent
from nio.crypto.attachments import decrypt_attachment

from sign_device import sign_device
from wire import serve, tell_event


class NioPeer:
    async def sign_in(self, homeserver, user, password):
        self.store = tempfile.TemporaryDirectory()
        config = AsyncClientConfig(encryption_enabled=True, store_sync_tokens=True)
        self.client = AsyncClient(homeserver, user, store_path=self.store.name, config=config)
        _checked(await self.client.login(password, device_name="nio"))
        self.locked = []
        self.client.add_event_callback(self._on_event, Event)
        self.client.add_response_callback(self._on_response)
        self.syncing = asyncio.create_task(self.client.sync_forever(timeout=10_000, full_state=True))
        await self.client.synced.wait()
        return {"user_id": self.client.user_id, "device_id": self.client.device_id}

    async def sign(self, code):
        while self.client.should_upload_keys:
            await asyncio.sleep(0.05)
        await sign_device(self._request, self.client.user_id, self.client.device_id, code)

    async def join(self, room_id):
        _checked(await self.client.join(room_id))
        while room_id not in self.client.rooms or not self.client.rooms[room_id].encrypted:
            await self.client.synced.wait()

    async def send(self, room_id, type, content):
        # nio asks its user about every device that she has not compared herself: this is its way to say "whom the room has".
        sent = await self.client.room_send(room_id, type, content, ignore_unverified_devices=True)
        return _checked(sent).event_id

    async def redact(self, room_id, event_id):
        return _checked(await self.client.room_redact(room_id, event_id)).event_id

    async def upload(self, text, name, mimetype):
        data = text.encode()
        answer, keys = await self.client.upload(
            lambda *_: io.BytesIO(data), content_type=mimetype, filename=name, encrypt=True, filesize=len(data)
        )
        return {**keys, "url": _checked(answer).content_uri}

    async def download(self, file):
        answer = _checked(await self.client.download(mxc=file["url"]))
        key, sha256, iv = file["key"]["k"], file["hashes"]["sha256"], file["iv"]
        return decrypt_attachment(answer.body, key, sha256, iv).decode()

    async def room_name(self, room_id):
        return self.client.rooms[room_id].name

    async def close(self):
        self.syncing.cancel()
        await self.client.close()

    async def _on_event(self, room, event):
        # What came before its key is looked at again when more has come: nio leaves that to its user.
        if isinstance(event, MegolmEvent):
            self.locked.append((room.room_id, event))
        tell_event(room.room_id, event.source, event.decrypted)

    async def _on_response(self, _response):
        for room_id, event in list(self.locked):
            opened = self.client.olm._decrypt_megolm_no_error(event, room_id)
            if opened is not None:
                self.locked.remove((room_id, event))
                tell_event(room_id, opened.source, True)

    async def _request(self, method, path, body=None):
        headers = {"authorization": f"Bearer {self.client.access_token}"}
        data = None if body is None else json.dumps(body)
        url = f"{self.client.homeserver}/_matrix/client/{path}"
        async with self.client.client_session.request(method, url, data=data, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.json()


def _checked(answer):
    """nio gives errors as values."""
    if type(answer).__name__.endswith("Error"):
        raise RuntimeError(str(answer))
    return answer


if __name__ == "__main__":
    asyncio.run(serve(NioPeer()))
    sys.exit(0)
