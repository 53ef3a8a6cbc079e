"""How the tests talk to a client in a process of its own: a line of JSON each way.

The test writes `{"id": 1, "do": "send", ...arguments}`; the peer answers `{"id": 1, "value": ...}` or `{"id": 1, "error": "..."}`, and says what it
reads in rooms by itself as `{"event": {"event_id", "room_id", "sender", "type", "content", "encrypted"}}`.
"""

import asyncio
import json
import sys


def tell_event(room_id, event, encrypted):
    """Says that an event was read. `event` is it as JSON, decrypted where it was encrypted."""
    kept = {key: event.get(key) for key in ("event_id", "sender", "type", "content", "redacts", "state_key")}
    _write({"event": {**kept, "room_id": room_id, "encrypted": encrypted}})


async def serve(peer):
    """Answers the test's questions, several at a time, until it closes the pipe. `do` names a method of `peer`."""
    reader = asyncio.StreamReader(limit=16 * 1024 * 1024)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = set()
    while line := await reader.readline():
        task = asyncio.create_task(_answer(peer, json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    await peer.close()


async def _answer(peer, question):
    number = question.pop("id")
    method = getattr(peer, question.pop("do"))
    try:
        _write({"id": number, "value": await method(**question)})
    except Exception as error:  # Whatever it was: the test that asked shall see it.
        _write({"id": number, "error": f"{type(error).__name__}: {error}"})


def _write(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
