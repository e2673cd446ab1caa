from django.urls import path

from apps.node.runs import views

app_name = "runs"
urlpatterns = [
    path("", views.index, name="list"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/hold/", views.hold, name="hold"),
    path("<uuid:pk>/resume/", views.resume, name="resume"),
]
