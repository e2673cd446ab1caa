from django.urls import path

from apps.core.workflow import views

app_name = "workflow"
urlpatterns = [
    path("receipts/<slug:app_label>/<slug:noun>/<uuid:pk>.json", views.receipts, name="receipts"),
    path("act/<slug:app_label>/<slug:noun>/<uuid:pk>/<slug:verb>/", views.act, name="act"),
]
