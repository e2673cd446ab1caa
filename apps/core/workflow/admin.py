"""Django's admin for governed things: the state is shown and never edited; the buttons call the same actions as the pages."""

from django.contrib import admin

from apps.core.audit.history import history
from apps.core.workflow import steps


class ReadOnlyAdmin(admin.ModelAdmin):
    """Everything shown, nothing edited."""

    actions = None
    list_select_related = True  # a row names the things that it belongs to

    def get_queryset(self, request):
        """Only what this administrator may know of: the hub's rows, or her own TRE's."""
        visible_to = getattr(self.model.objects, "visible_to", None)
        return visible_to(request.user) if visible_to else self.model.objects.all()

    def get_readonly_fields(self, request, obj=None):
        return [field.name for field in self.model._meta.fields if field.name not in (self.exclude or ())]

    def has_view_permission(self, request, obj=None):
        return True

    def has_module_permission(self, request):
        return True

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class GovernedAdmin(ReadOnlyAdmin):
    """A governed thing with its steps for this person and its history from the log."""

    change_form_template = "admin/governed_change_form.html"
    list_display = ["__str__", "state", "created_at"]
    list_filter = ["state"]

    def form_of(self, offer, obj, user):
        """What an allowed step asks for, to be filled in here; its answer goes to the page of the step."""
        if not offer.allowed:
            return None
        form = offer.step.form(auto_id=f"{offer.step.verb}_%s")
        if hasattr(form, "about"):
            form.about(obj, user)
        return form

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        offered = [(offer, self.form_of(offer, obj, request.user)) for offer in steps.offers(obj, request.user)]
        context |= {"offered": offered, "history": history(obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)
