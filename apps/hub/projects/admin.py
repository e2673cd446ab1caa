from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin, ReadOnlyAdmin
from apps.hub.projects.application_models import Amendment, Comment, Paper, ProjectVersion, SectionAnswers
from apps.hub.projects.models import Membership, Project, PublicText
from apps.hub.projects.reading import opens_for


@admin.register(Project)
class ProjectAdmin(GovernedAdmin):
    """A member of the panel with a conflict opens no project here either."""

    def has_view_permission(self, request, obj=None):
        allowed = super().has_view_permission(request, obj)
        return allowed and (obj is None or opens_for(request.user, obj))


class OfProjectAdmin(ReadOnlyAdmin):
    """What belongs to a project opens for who opens the project."""

    def has_view_permission(self, request, obj=None):
        allowed = super().has_view_permission(request, obj)
        return allowed and (obj is None or opens_for(request.user, obj.project))


class GovernedOfProjectAdmin(GovernedAdmin):
    """The same of what is decided on for itself: a change of a project, a question about one of its answers."""

    def has_view_permission(self, request, obj=None):
        allowed = super().has_view_permission(request, obj)
        return allowed and (obj is None or opens_for(request.user, obj.project))


admin.site.register([Membership, PublicText], GovernedAdmin)
admin.site.register([Amendment, Comment], GovernedOfProjectAdmin)
admin.site.register([Paper, ProjectVersion, SectionAnswers], OfProjectAdmin)
