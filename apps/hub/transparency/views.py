from pathlib import Path

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.audit.models import PublicEntry
from apps.core.crates.check import document_of
from apps.core.crates.story import tell
from apps.core.crates.verify import verify
from apps.core.proofs.signatures import check_bytes
from apps.hub.datasets.models import Tre
from apps.hub.submissions.checking import limits
from apps.hub.transparency.forms import VerifyForm


@login_not_required
@require_safe
def front(request):
    """The front page, for anyone."""
    latest = PublicEntry.objects.shown(settings.HUB_ID).order_by("-sequence")[:5]
    return render(request, "transparency/front.html", {"latest": latest})


@login_not_required
@require_http_methods(["GET", "POST"])
def verify_result(request):
    """Anyone drops a result here and reads what holds; nothing of it is kept."""
    if request.method == "GET":
        return render(request, "transparency/verify.html", {"form": VerifyForm(), "lines": []})
    form = VerifyForm(request.POST, request.FILES)
    status = 200 if form.is_valid() else 400
    if getattr(request, "upload_too_large", False):
        form.errors.clear()
        form.add_error("crate", _("The file is larger than %(limit)s MB.") % {"limit": settings.UPLOAD_LIMIT_MB})
        status = 413
    elif not ratelimit.consume(request, action="verify_result"):
        form.add_error(None, _("That was a lot in a short time. Wait a minute, then try again."))
        status = 429
    if form.errors:
        return render(request, "transparency/verify.html", {"form": form, "lines": []}, status=status)
    crate, asked = form.cleaned_data["crate"], form.cleaned_data["request"]
    lines = verify(
        Path(crate.temporary_file_path()),
        request=Path(asked.temporary_file_path()) if asked else None,
        check_signature=is_signed_by_one_of_us,
        limits=limits(),
    )
    context = {"form": VerifyForm(), "lines": lines, "all_hold": all(holds for holds, _sentence in lines)}
    if lines[0][0]:
        context["phases"] = tell(document_of(Path(crate.temporary_file_path()))).phases
    return render(request, "transparency/verify.html", context)


def is_signed_by_one_of_us(data: bytes, signature: str) -> bool:
    """True where the signature fits the key of any TRE of the federation. One query."""
    return any(check_bytes(signature, data, key) for key in Tre.objects.values_list("public_key", flat=True))
