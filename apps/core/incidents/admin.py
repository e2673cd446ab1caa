from django.contrib import admin

from apps.core.incidents.models import Incident, IncidentText
from apps.core.workflow.admin import GovernedAdmin

admin.site.register([Incident, IncidentText], GovernedAdmin)
