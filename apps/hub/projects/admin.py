from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin, ReadOnlyAdmin
from apps.hub.projects.application_models import Paper, ProjectVersion, SectionAnswers
from apps.hub.projects.models import Membership, Project, PublicText

admin.site.register([Project, Membership, PublicText], GovernedAdmin)
admin.site.register([Paper, ProjectVersion, SectionAnswers], ReadOnlyAdmin)
