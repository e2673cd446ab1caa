from django.urls import path

from apps.core.incidents import views

app_name = "incidents"
urlpatterns = [
    path("", views.index, name="list"),
    path("report/", views.report, name="report"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/text/", views.propose_text, name="propose_text"),
    path("texts/<uuid:pk>/", views.text, name="text"),
    path("<uuid:pk>/longer/", views.longer, name="longer"),
    path("<uuid:pk>/agree/", views.agree, name="agree"),
]
