from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.notices import actions
from apps.core.notices.forms import PreferencesForm
from apps.core.notices.models import Notice
from apps.core.web.paging import keyset_page


@require_safe
def index(request):
    """Her notices: the unread ones first; all of them by `?show=all`. Newest on top."""
    shown = "all" if request.GET.get("show") == "all" else "unread"
    rows = Notice.objects.of(request.user)
    page = keyset_page(rows if shown == "all" else rows.unread(), request)
    return render(request, "notices/list.html", {"page": page, "shown": shown})


@require_safe
def open_notice(request, pk):
    """The link of a mail: on to what the notice is about. It is marked as read there by a button, for GET changes nothing."""
    notice = get_object_or_404(Notice.objects.of(request.user), pk=pk)
    return render(request, "notices/open.html", {"notice": notice})


@require_POST
def read(request, pk):
    """Mark one as read, and go to what it is about, or back to the list."""
    notice = get_object_or_404(Notice.objects.of(request.user), pk=pk)
    actions.mark_read(notice=notice, by=request.user)
    return redirect(notice.url if "go" in request.POST else "notices:list")


@require_POST
def read_all(request):
    number = actions.mark_all_read(by=request.user)
    done = ngettext("%(number)s notice was marked as read.", "%(number)s notices were marked as read.", number)
    messages.success(request, done % {"number": number})
    return redirect("notices:list")


@require_http_methods(["GET", "POST"])
def preferences(request):
    """Which kinds of notices come by mail, and when."""
    form = PreferencesForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        actions.choose_mail(by=request.user, wishes=form.wishes())
        messages.success(request, _("Saved."))
        return redirect("notices:preferences")
    return render(request, "notices/preferences.html", {"form": form}, status=400 if form.is_bound else 200)
