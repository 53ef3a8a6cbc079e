# SPDX-License-Identifier: MIT
"""What a homeserver can hold of the rules on outside partners.

The accounts service and the clients' reducers hold the same rules; this module is the place that a modified client
cannot avoid. It sees identifiers and membership, never content.

Configuration (see templates/homeserver.yaml):
    outsiders_here      true on the homeserver of outside partners
    outsiders_servers   server names whose users are outside partners
"""

from typing import Any, Literal, Union

from synapse.module_api import NOT_SPAM, ModuleApi
from synapse.module_api.errors import Codes, ConfigError

Verdict = Union[Literal["NOT_SPAM"], tuple[Codes, dict[str, Any]]]


class BesacePolicy:
    """Registers the callbacks that this homeserver's kind needs."""

    def __init__(self, config: dict[str, Any], api: ModuleApi) -> None:
        self._api = api
        self._outsiders_servers = frozenset(config["outsiders_servers"])
        if config["outsiders_here"]:
            api.register_spam_checker_callbacks(
                user_may_create_room=self._may_create_room,
                user_may_create_room_alias=self._may_create_alias,
                user_may_publish_room=self._may_publish_room,
            )
        else:
            api.register_spam_checker_callbacks(user_may_invite=self._may_invite)

    @staticmethod
    def parse_config(config: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(config.get("outsiders_here"), bool):
            raise ConfigError("besace_policy: outsiders_here must be true or false")
        servers = config.get("outsiders_servers")
        if not isinstance(servers, list) or not all(isinstance(server, str) for server in servers):
            raise ConfigError("besace_policy: outsiders_servers must be a list of server names")
        return config

    async def _may_create_room(self, user: str, room_config: dict[str, Any]) -> Verdict:
        return _refusal("outsider-may-not-create-rooms", "Outside partners cannot create rooms.")

    async def _may_create_alias(self, user: str, alias: Any) -> Verdict:
        return _refusal("outsider-may-not-create-rooms", "Outside partners cannot name rooms.")

    async def _may_publish_room(self, user: str, room: str) -> Verdict:
        return _refusal("outsider-may-not-create-rooms", "Outside partners cannot publish rooms.")

    async def _may_invite(self, inviter: str, invitee: str, room: str) -> Verdict:
        """A room closed to outsiders says so in m.room.server_acl, the only such rule that a server may read: what the
        room's encrypted state says is not for it. The list also stops their server from joining; this says so sooner."""
        server = invitee.partition(":")[2]
        if server not in self._outsiders_servers:
            return NOT_SPAM
        state = await self._api.get_room_state(room, [("m.room.server_acl", "")])
        acl = state.get(("m.room.server_acl", ""))
        denied = acl.content.get("deny", ()) if acl is not None else ()
        if isinstance(denied, (list, tuple)) and server in denied:
            return _refusal("room-closed-to-outsiders", "This room is not open to outside partners.")
        return NOT_SPAM


def _refusal(code: str, sentence: str) -> Verdict:
    """M_FORBIDDEN with a sentence for people and a code that a client can translate."""
    return Codes.FORBIDDEN, {"fr.besace.code": code, "error": sentence}
