from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin
from apps.hub.projects.models import Membership, Project, PublicText

admin.site.register([Project, Membership, PublicText], GovernedAdmin)
