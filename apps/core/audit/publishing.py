"""Writing a log where others keep it: into a folder that any web server can serve as it is, or as a mail."""

from pathlib import Path
from uuid import UUID

from django.core.mail import send_mail
from django.utils.translation import gettext as _

from apps.core.audit import checkpoints, log_keys, tree
from apps.core.audit.models import Checkpoint
from apps.core.proofs import merkle


def publish(root: Path, side: UUID) -> Checkpoint:
    """Write a side's log: what is there stays, new tiles and entries come, and each head is kept under `heads/`."""
    checkpoint, folder = checkpoints.make(side), root / log_keys.place_of(side)
    read = tree.reader(side)
    for level, index, width in merkle.tiles_of(checkpoint.size):
        path = merkle.tile_path(index, width)
        write_once(
            folder / "tile" / str(level) / path, lambda level=level, index=index, width=width: read(level, index, width)
        )
        if level == 0:
            write_once(
                folder / "tile" / "entries" / path, lambda index=index, width=width: tree.entries(side, index, width)
            )
    write(folder / "keys.txt", "".join(f"{each}\n" for each in log_keys.verifiers_of(side)).encode())
    note = checkpoints.served(checkpoint).encode()
    write_once(folder / "heads" / str(checkpoint.size), lambda: note)
    write(folder / "checkpoint", note)
    return checkpoint


def write_once(path: Path, content) -> None:
    """Write what never changes, where it is not there yet."""
    if not path.exists():
        write(path, content())


def write(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(content)
    draft.replace(path)


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


def heads_in(root: Path, side: UUID) -> list[tuple[str, str]]:
    """(who keeps it, note) of every checkpoint of a side that lies in a folder."""
    found = sorted((root / log_keys.place_of(side) / "heads").glob("[0-9]*"), key=lambda path: int(path.name))
    return [(f"the checkpoint kept in {path}", path.read_text()) for path in found]
