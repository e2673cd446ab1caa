from django.urls import path

from apps.core.notices import home, views

app_name = "notices"
urlpatterns = [
    path("", views.index, name="list"),
    path("read/", views.read_all, name="read_all"),
    path("preferences/", views.preferences, name="preferences"),
    path("claim/", home.claim, name="claim"),
    path("release/", home.release, name="release"),
    path("<uuid:pk>/", views.open_notice, name="open"),
    path("<uuid:pk>/read/", views.read, name="read"),
]
