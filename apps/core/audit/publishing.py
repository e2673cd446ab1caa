"""Writing a log where others keep it: into a folder that any web server can serve as it is, into a storage, or as a mail."""

from abc import ABC, abstractmethod
from pathlib import Path
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from apps.core.audit import checkpoints, log_keys, tree
from apps.core.audit.models import Checkpoint
from apps.core.proofs import merkle

IN_STORAGE = "storage:"


class Place(ABC):
    """Where logs are kept, by names with slashes."""

    @abstractmethod
    def has(self, name: str) -> bool: ...

    @abstractmethod
    def write(self, name: str, content: bytes) -> None:
        """Write so that nobody ever reads half of it, over what was there."""

    @abstractmethod
    def heads(self, log: str) -> list[tuple[str, str]]:
        """(where it lies, note) of every head that was kept of a log, the shortest first."""


class Folder(Place):
    """A folder of this machine."""

    def __init__(self, root: Path):
        self.root = root

    def has(self, name: str) -> bool:
        return (self.root / name).exists()

    def write(self, name: str, content: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.part")
        draft.write_bytes(content)
        draft.replace(path)

    def heads(self, log: str) -> list[tuple[str, str]]:
        found = sorted((self.root / log / "heads").glob("[0-9]*"), key=lambda path: int(path.name))
        return [(str(path), path.read_text()) for path in found]


class Stored(Place):
    """A Django storage that writes over what is there and shows nothing half written, as S3 does."""

    def __init__(self, storage: Storage):
        self.storage = storage

    def has(self, name: str) -> bool:
        return self.storage.exists(name)

    def write(self, name: str, content: bytes) -> None:
        self.storage.save(name, ContentFile(content))

    def heads(self, log: str) -> list[tuple[str, str]]:
        sizes = sorted(int(name) for name in self.storage.listdir(f"{log}/heads")[1] if name.isdecimal())
        return [(name, self.read(name)) for name in (f"{log}/heads/{size}" for size in sizes)]

    def read(self, name: str) -> str:
        with self.storage.open(name) as file:
            return file.read().decode()


def place(where: str) -> Place:
    """A folder, or the storage that `storage:NAME` names in the settings. Raises InvalidStorageError where there is none."""
    if where.startswith(IN_STORAGE):
        return Stored(storages[where.removeprefix(IN_STORAGE)])
    return Folder(Path(where))


def publish(kept: Place, side: UUID) -> Checkpoint:
    """Write a side's log: what is there stays, new tiles and entries come, and each head is kept under `heads/`."""
    checkpoint, log = checkpoints.make(side), log_keys.place_of(side)
    read = tree.reader(side)
    for level, index, width in merkle.tiles_of(checkpoint.size):
        path = merkle.tile_path(index, width)
        tile = f"{log}/tile/{level}/{path}"
        if not kept.has(tile):
            kept.write(tile, read(level, index, width))
        entries = f"{log}/tile/entries/{path}"
        if level == 0 and not kept.has(entries):
            kept.write(entries, tree.entries(side, index, width))
    kept.write(f"{log}/keys.txt", "".join(f"{each}\n" for each in log_keys.verifiers_of(side)).encode())
    note = checkpoints.served(checkpoint).encode()
    head = f"{log}/heads/{checkpoint.size}"
    if not kept.has(head):
        kept.write(head, note)
    kept.write(f"{log}/checkpoint", note)
    return checkpoint


def mail(address: str, side: UUID) -> Checkpoint:
    """Send a side's checkpoint to somebody who keeps it."""
    checkpoint = checkpoints.make(side)
    words = _("Please keep this message. It lets anyone see later whether the log was changed.")
    subject = _("The log of %(where)s at %(size)s entries") % {
        "where": log_keys.address_of(side),
        "size": checkpoint.size,
    }
    send_mail(subject, f"{words}\n\n{checkpoints.served(checkpoint)}", None, [address])
    return checkpoint


def heads_in(kept: Place, side: UUID) -> list[tuple[str, str]]:
    """(who keeps it, note) of every checkpoint of a side that lies in a place."""
    return [(f"the checkpoint kept in {where}", note) for where, note in kept.heads(log_keys.place_of(side))]
