from django.urls import path

from apps.core.panels import meeting_views, views

app_name = "panels"
urlpatterns = [
    path("", views.index, name="list"),
    path("<uuid:pk>/", views.panel, name="panel"),
    path("<uuid:pk>/rules/new/", views.propose_rule, name="propose_rule"),
    path("<uuid:pk>/seats/new/", views.propose_seat, name="propose_seat"),
    path("<uuid:pk>/meetings/", meeting_views.index, name="meetings"),
    path("<uuid:pk>/meetings/new/", meeting_views.plan, name="plan_meeting"),
    path("meetings/<uuid:pk>/", meeting_views.meeting, name="meeting"),
    path("meetings/<uuid:pk>/agenda/<uuid:item>/", meeting_views.arrange, name="arrange_agenda"),
    path("meetings/<uuid:pk>/papers/", meeting_views.meeting_papers, name="meeting_papers"),
    path("meetings/<uuid:pk>/meeting.ics", meeting_views.meeting_calendar, name="meeting_calendar"),
    path("minutes/<uuid:pk>/", meeting_views.minutes, name="minutes"),
    path("rounds/<uuid:pk>/", views.round, name="round"),
    path("conditions/<uuid:pk>/", views.condition, name="condition"),
    path("conditions/files/<uuid:pk>/", views.evidence_file, name="evidence_file"),
]
