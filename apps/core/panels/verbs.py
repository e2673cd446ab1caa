from django.utils.translation import gettext_lazy as _

from apps.core.audit import triggers, verbs

verbs.register("panel.voted", verbs.Audience.PRIVATE, _("A member of the panel voted."))
triggers.append_only("panels_vote")
