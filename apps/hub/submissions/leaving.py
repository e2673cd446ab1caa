"""What this app knows of a TRE that leaves: whether a request is under way there."""

from django.utils.translation import gettext_lazy

from apps.hub.datasets.leaving import counts
from apps.hub.submissions.models import Request


@counts(gettext_lazy("No request is under way there."))
def no_request_is_open(tre) -> bool:
    """True where each of its requests has ended. One query."""
    return not Request.objects.filter(tre=tre, state__in=Request.OPEN).exists()
