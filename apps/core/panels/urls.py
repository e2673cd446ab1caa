from django.urls import path

from apps.core.panels import views

app_name = "panels"
urlpatterns = [
    path("", views.index, name="list"),
    path("<uuid:pk>/", views.panel, name="panel"),
    path("<uuid:pk>/rules/new/", views.propose_rule, name="propose_rule"),
    path("<uuid:pk>/seats/new/", views.propose_seat, name="propose_seat"),
    path("rounds/<uuid:pk>/", views.round, name="round"),
    path("conditions/<uuid:pk>/", views.condition, name="condition"),
    path("conditions/files/<uuid:pk>/", views.evidence_file, name="evidence_file"),
]
