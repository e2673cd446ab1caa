from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin, ReadOnlyAdmin
from apps.hub.researchers.models import Accreditation, AgreementVersion, Evidence, Organisation, Requirement

for model in (Organisation, Requirement, AgreementVersion, Evidence):
    admin.site.register(model, ReadOnlyAdmin)
admin.site.register(Accreditation, GovernedAdmin)
