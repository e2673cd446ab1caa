"""The embedded broker: messages are files in a folder, so that a laptop needs no server.

It is kombu's own `filesystem` transport with one change. Kombu writes a message under its final name, so a reader may
take it while it is half written; the JSON error ends the worker. Here a message gets its name when it is whole.
"""

import os
import uuid
from time import monotonic

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

SCHEME = "embedded"


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs):
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}"
        draft = os.path.join(self.data_folder_out, f"{name}.part")
        try:
            with open(draft, "w") as stream:
                stream.write(dumps(payload))
            os.replace(draft, os.path.join(self.data_folder_out, f"{name}.{queue}.msg"))
        except OSError as problem:
            raise ChannelError(f"Cannot write a message to {self.data_folder_out}.") from problem


class Transport(filesystem.Transport):
    Channel = Channel
    driver_name = SCHEME


def register() -> None:
    """Let celery find it by its scheme."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:{Transport.__name__}"
