"""A person's saved filters. They are hers alone and decide nothing, so the log does not tell of them."""

from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.core.errors import BadInput
from apps.core.lists.listing import Listing
from apps.core.lists.models import SavedFilter

MOST = 50


def save_filter(*, by, listing: type[Listing], name: str, query: str) -> SavedFilter:
    """Keep the state of a list under a name; the same name again takes the new state. Raises BadInput past MOST."""
    state = urlencode(listing.asked_in(QueryDict(query)))[:1000]
    own = SavedFilter.objects.filter(person=by, list=listing.key)
    if own.exclude(name=name).count() >= MOST:
        raise BadInput(_("You have saved %(most)s filters here. Remove one first.") % {"most": MOST})
    row, _made = SavedFilter.objects.update_or_create(person=by, list=listing.key, name=name, defaults={"query": state})
    return row


def remove_filter(*, saved: SavedFilter) -> None:
    saved.delete()
