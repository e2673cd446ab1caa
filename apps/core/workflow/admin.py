"""Django's admin for governed things: the state is shown and never edited; the buttons call the same actions as the pages."""

from django.contrib import admin
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse

from apps.core.audit.history import history
from apps.core.workflow import steps
from apps.core.workflow.asking import ask_or_take, empty_form
from apps.core.workflow.deciding import decides
from apps.core.workflow.seen import status_of


class ReadOnlyAdmin(admin.ModelAdmin):
    """Everything shown to administrators, nothing edited."""

    actions = None
    list_select_related = True  # a row names the things that it belongs to

    def get_queryset(self, request):
        """Only what this administrator may know of: the hub's rows, or her own TRE's."""
        visible_to = getattr(self.model.objects, "visible_to", None)
        return visible_to(request.user) if visible_to else self.model.objects.all()

    def get_readonly_fields(self, request, obj=None):
        left_out = self.get_exclude(request, obj) or ()
        return [field.name for field in self.model._meta.fields if field.name not in left_out]

    def has_view_permission(self, request, obj=None):
        return request.user.is_administrator

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class GovernedAdmin(ReadOnlyAdmin):
    """A governed thing with its steps for this person and its history from the log: for every role that may know of it."""

    change_form_template = "admin/governed_change_form.html"
    list_display = ["__str__", "state", "created_at"]
    list_filter = ["state"]

    def has_view_permission(self, request, obj=None):
        return request.user.is_staff

    def get_urls(self):
        act = self.admin_site.admin_view(decides(self.act))
        return [path("<uuid:pk>/act/<slug:verb>/", act, name=self.name_of("act")), *super().get_urls()]

    def name_of(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def act(self, request, pk, verb):
        """Take a step here: the same action, and the same form when something is missing."""
        thing = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            step = steps.get(self.model, verb)
        except KeyError as unknown:
            raise Http404 from unknown
        form = ask_or_take(request, step, thing)
        back = reverse(f"admin:{self.name_of('change')}", args=[thing.pk])
        if form is None:
            return redirect(back)
        context = {**self.admin_site.each_context(request), "step": step, "thing": thing, "form": form, "back": back}
        context |= {"title": f"{step.label}: {thing}", "opts": self.opts}
        return render(request, "admin/governed_act.html", context, status=status_of(form))

    def offered(self, thing, user):
        """Each step with its form and the address that takes it here; no form where it is not hers."""
        for offer in steps.offers(thing, user):
            form = empty_form(offer.step, thing, user, auto_id=f"{offer.step.verb}_%s") if offer.allowed else None
            yield offer, form, reverse(f"admin:{self.name_of('act')}", args=[thing.pk, offer.step.verb])

    def history_of(self, thing) -> list[dict]:
        """What the page tells of what happened to it."""
        return history(thing)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context |= {"offered": list(self.offered(obj, request.user)), "history": self.history_of(obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)
