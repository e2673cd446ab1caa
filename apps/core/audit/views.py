"""The log as those read it who check it: checkpoints, tiles, entries, keys, proofs. Public; each answer the same for everyone."""

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from apps.core.audit import checkpoints, log_keys, receipts, tree, verbs
from apps.core.audit.history import facts_of
from apps.core.audit.models import Checkpoint, Cosignature, LogHead, PublicEntry
from apps.core.proofs import merkle, notes

A_YEAR = 365 * 24 * 60 * 60
A_MOMENT = 5
PLAIN_TEXT = "text/plain; charset=utf-8"


def of_a_log(view: Callable) -> Callable:
    """A view of one log: `side` is the hub's where the address names none. 404 where nothing was ever recorded."""

    @login_not_required
    @wraps(view)
    def look(request, side: UUID | None = None, **arguments):
        try:
            head = checkpoints.head_of(side or UUID(settings.HUB_ID))
        except LogHead.DoesNotExist:
            raise Http404
        return view(request, head, **arguments)

    return look


def for_ever(request, content: bytes) -> HttpResponse:
    """Bytes that never change: cached for a year, by anyone; 304 for who has them."""
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    response = HttpResponse(content, content_type="application/octet-stream", headers={"ETag": etag})
    patch_cache_control(response, public=True, max_age=A_YEAR, immutable=True)
    return get_conditional_response(request, etag=etag, response=response) or response


@require_safe
@of_a_log
def checkpoint(request, head):
    """The newest signed statement of the log, with its witnesses' cosignatures."""
    response = HttpResponse(checkpoints.served(checkpoints.current(head.side)), content_type=PLAIN_TEXT)
    patch_cache_control(response, public=True, max_age=A_MOMENT)
    return response


def asked_tile(head: LogHead, level: int, address: str) -> tuple[int, int]:
    """(index, width) of a tile that the log has. Raises Http404."""
    try:
        index, width = merkle.parse_tile_path(address)
    except merkle.BadTile:
        raise Http404
    if merkle.tile_width(head.size, level, index) < width:
        raise Http404
    return index, width


@require_safe
@of_a_log
def tile(request, head, level, address):
    """Up to 256 hashes of the tree."""
    if not re.fullmatch(r"[0-9]|[1-5][0-9]|6[0-3]", level, re.ASCII):
        raise Http404
    index, width = asked_tile(head, int(level), address)
    return for_ever(request, tree.reader(head.side)(int(level), index, width))


@require_safe
@of_a_log
def entries(request, head, address):
    """Up to 256 leaves, each after its length. They hold commitments, and nothing that could be read about a person.

    A TRE's leaves are for its own staff: they show how much happens inside, and of which kind. Everybody has its hashes.
    """
    index, width = asked_tile(head, 0, address)
    leaves = tree.entries(head.side, index, width)
    if str(head.side) == settings.HUB_ID:
        return for_ever(request, leaves)
    if request.user.is_authenticated and head.side in request.user.sides():
        return HttpResponse(leaves, content_type="application/octet-stream", headers={"Cache-Control": "private"})
    raise Http404


@require_safe
@of_a_log
def keys_text(request, head):
    """The log's verifier keys, newest first, one a line."""
    lines = "".join(f"{each}\n" for each in log_keys.verifiers_of(head.side))
    response = HttpResponse(lines, content_type=PLAIN_TEXT)
    patch_cache_control(response, public=True, max_age=A_MOMENT)
    return response


@require_safe
@of_a_log
def keys(request, head):
    """Who signs this log, who watches it, and how anyone checks it."""
    newest = checkpoints.current(head.side)
    watched = Checkpoint.objects.filter(side=head.side, cosignatures__isnull=False).prefetch_related("cosignatures")
    context = {
        "address": log_keys.address_of(head.side),
        "keys": log_keys.keys_of(head.side),
        "checkpoint": newest,
        "note": checkpoints.served(newest),
        "watched": watched.order_by("-size").distinct().first(),
        "witnesses": list(dict.fromkeys(each.name for each in checkpoints.witnesses(head.side))),
    }
    return render(request, "audit/keys.html", context)


@csrf_exempt
@require_POST
@of_a_log
def cosignatures(request, head):
    """Take a checkpoint of ours with the cosignatures of witnesses that we know. No session is read, so no token is asked."""
    if not ratelimit.consume(request, action="add_cosignature"):
        return HttpResponse("That was a lot in a short time.\n", status=429, content_type=PLAIN_TEXT)
    try:
        made = checkpoints.add_cosignatures(head.side, request.body.decode())
    except (notes.BadNote, UnicodeDecodeError) as problem:
        sentence = str(problem) if isinstance(problem, notes.BadNote) else "This is not a signed note."
        return HttpResponse(f"{sentence}\n", status=422, content_type=PLAIN_TEXT)
    except Checkpoint.DoesNotExist:
        return HttpResponse("This log never said that.\n", status=409, content_type=PLAIN_TEXT)
    return HttpResponse(f"{made}\n", content_type=PLAIN_TEXT)


def public_entry_or_404(head: LogHead, sequence: int) -> PublicEntry:
    """A public entry of a log. Raises Http404, also where there is one that is not public."""
    shown = PublicEntry.objects.shown(head.side).filter(sequence=sequence)
    entry = shown.filter(event__side=head.side, event__sequence=sequence).first()
    if entry is None:
        raise Http404
    return entry


@require_safe
@of_a_log
def receipt(request, head, sequence):
    """The receipt of a public entry, to keep and to check without us."""
    public_entry_or_404(head, sequence)
    name = f'attachment; filename="receipt-{sequence}.json"'
    made = receipts.receipts_for(head.side, [sequence])
    return JsonResponse(made, json_dumps_params={"indent": 2}, headers={"Content-Disposition": name})


def sentence_of(verb: str, facts: dict) -> str:
    """The plain words of an entry; none where the verb is unknown or a fact is missing."""
    try:
        return verbs.sentence(verb, facts)
    except KeyError:
        return ""


@require_safe
@of_a_log
def proof(request, head, sequence):
    """That an entry is in the log: how it is shown, how to check it oneself, and what it does not show."""
    entry = public_entry_or_404(head, sequence)
    made = receipts.receipts_for(head.side, [sequence])
    note = notes.parse_checkpoint(notes.parse_note(made["checkpoint"])[0])
    one = made["receipts"][0]
    opened = {field: each["value"] for field, each in one["opening"].items()}
    sentence = sentence_of(opened.get("verb", ""), facts_of(opened))
    context = {
        "entry": entry,
        "sentence": sentence,
        "others": sorted({entry.words, sentence_of(entry.verb, entry.facts)} - {sentence}),
        "has_witnesses": settings.WITNESSES or Cosignature.objects.filter(checkpoint__side=head.side).exists(),
        "side": None if str(head.side) == settings.HUB_ID else head.side,
        "address": log_keys.address_of(head.side),
        "receipt": one,
        "fingerprint": merkle.leaf_hash(one["leaf"].encode()).hex(),
        "size": note.size,
        "root": note.root.hex(),
        "key": made["keys"][0],
    }
    return render(request, "audit/proof.html", context)
