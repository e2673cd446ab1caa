"""For programs: the same answers as the pages give, as JSON."""

from pathlib import Path

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from apps.core.crates.check import check
from apps.hub.submissions.checking import limits

PHASES = ("request", "result")


@login_not_required
@api_view(["POST"])
@authentication_classes([])
@permission_classes([AllowAny])
def check_crate(request):
    """Check the file `crate`, as a `request` (or `as=result`): what `manage.py check_crate --format json` prints.

    For anyone, as the page /verify/ is; nothing is kept. Refused crates are answered with 200 and their findings.
    """
    if not ratelimit.consume(request._request, action="verify_result"):
        return Response({"detail": "That was a lot in a short time. Wait a minute, then try again."}, status=429)
    file, phase = request.FILES.get("crate"), request.data.get("as", "request")
    if getattr(request._request, "upload_too_large", False):
        return Response({"detail": "The file is too large."}, status=413)
    if file is None or phase not in PHASES:
        return Response({"detail": "Send the crate as the file “crate”, and “as” as request or result."}, status=400)
    report = check(Path(file.temporary_file_path()), phase=phase, limits=limits())
    return Response(report.as_dict())
