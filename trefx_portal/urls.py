"""Every address of the portal. Each role serves only its own side."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from apps.core.web.health import health

urlpatterns = [
    path("health/", login_not_required(health), name="health"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("", include("apps.core.accounts.urls")),
    path("", include("apps.core.workflow.urls")),
]
if settings.HAS_HUB:
    urlpatterns += [
        path("researchers/", include("apps.hub.researchers.urls")),
        path("", include("apps.hub.datasets.urls")),
        path("projects/", include("apps.hub.projects.urls")),
        path("submissions/", include("apps.hub.submissions.urls")),
        path("", include("apps.hub.transparency.urls")),
    ]
if settings.HAS_NODE:
    urlpatterns += [
        path("tre/", include("apps.node.custody.urls")),
        path("runs/", include("apps.node.runs.urls")),
        path("egress/", include("apps.node.egress.urls")),
    ]
