from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.core.errors import BadInput
from apps.core.lists import actions
from apps.core.lists.listing import listing
from apps.core.lists.models import SavedFilter
from apps.core.web.texts import one_plain_line


class NameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60, validators=[one_plain_line])
    query = forms.CharField(required=False, max_length=1000)


@require_POST
def save(request, key):
    """Keep what a list shows now under a name."""
    found = listing(key)
    if found is None:
        raise Http404
    form = NameForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Give the filter a name of one line, with 60 letters at most. Then save it again."))
    saved = actions.save_filter(by=request.user, listing=found, **form.cleaned_data)
    messages.success(request, _("Saved as “%(name)s”.") % {"name": saved.name})
    return redirect(found.url(saved.query))


@require_POST
def remove(request, pk):
    """Remove one of one's own filters."""
    saved = get_object_or_404(SavedFilter, pk=pk, person=request.user)
    found = listing(saved.list)
    actions.remove_filter(saved=saved)
    messages.success(request, _("Removed."))
    return redirect(found.url() if found else "home")
