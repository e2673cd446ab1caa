from django.urls import path

from apps.hub.submissions import draft_views, reading, views

app_name = "submissions"
urlpatterns = [
    path("", views.index, name="list"),
    path("ask/", draft_views.ask, name="ask"),
    path("drafts/<uuid:pk>/", draft_views.draft, name="draft"),
    path("drafts/<uuid:pk>/so-far/", draft_views.draft_so_far, name="draft_so_far"),
    path("drafts/<uuid:pk>/look/", draft_views.look, name="look"),
    path("drafts/<uuid:pk>/request.zip", draft_views.draft_crate, name="draft_crate"),
    path("drafts/<uuid:pk>/discard/", draft_views.discard_draft, name="discard_draft"),
    path("<uuid:pk>/ask-again/", draft_views.ask_again, name="ask_again"),
    path("upload/", views.upload, name="upload"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/choose/", views.choose, name="choose"),
    path("<uuid:pk>/crate/", reading.crate, name="crate"),
    path("<uuid:pk>/crate/entities/", reading.entities, name="entities"),
    path("<uuid:pk>/request.zip", views.original, name="original"),
    path("requests/<uuid:pk>/", views.one_request, name="request"),
    path("requests/<uuid:pk>/result/", reading.result, name="result"),
    path("requests/<uuid:pk>/result/entities/", reading.result_entities, name="result_entities"),
    path("requests/<uuid:pk>/metadata.jsonld", views.metadata, name="metadata"),
    path("requests/<uuid:pk>/result.zip", views.download, name="download"),
]
