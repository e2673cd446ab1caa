from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin
from apps.node.runs.models import Run, StandingSignOff


@admin.register(Run)
class RunAdmin(GovernedAdmin):
    """All of a run but the values that it was asked with: one may be a secret, and its approver judges it on its page."""

    exclude = ["parameters"]


admin.site.register(StandingSignOff, GovernedAdmin)
