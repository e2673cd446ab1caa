from django.urls import path

from apps.hub.submissions import views

app_name = "submissions"
urlpatterns = [
    path("", views.index, name="list"),
    path("upload/", views.upload, name="upload"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/choose/", views.choose, name="choose"),
    path("<uuid:pk>/request.zip", views.original, name="original"),
    path("requests/<uuid:pk>/", views.one_request, name="request"),
    path("requests/<uuid:pk>/metadata.jsonld", views.metadata, name="metadata"),
    path("requests/<uuid:pk>/result.zip", views.download, name="download"),
]
