from django.urls import path

from apps.node.runs import views

app_name = "runs"
urlpatterns = [
    path("", views.index, name="list"),
    path("in-advance/", views.standing_list, name="standing_list"),
    path("in-advance/<uuid:pk>/", views.standing_detail, name="standing"),
    path("in-advance/new/<uuid:workflow>/", views.standing_new, name="standing_new"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/hold/", views.hold, name="hold"),
    path("<uuid:pk>/resume/", views.resume, name="resume"),
]
