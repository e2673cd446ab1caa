"""The log for programs and for anyone who checks it (C2SP tlog-tiles): the hub's here, a TRE's below its UUID."""

from django.urls import include, path

from apps.core.audit import views

app_name = "audit"
of_a_log = [
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("cosignatures", views.cosignatures, name="cosignatures"),
    path("keys", views.keys, name="keys"),
    path("keys.txt", views.keys_text, name="keys_text"),
    path("tile/entries/<path:address>", views.entries, name="entries"),
    path("tile/<str:level>/<path:address>", views.tile, name="tile"),
    path("<int:sequence>/proof", views.proof, name="proof"),
    path("<int:sequence>/receipt.json", views.receipt, name="receipt"),
]
urlpatterns = [*of_a_log, path("<uuid:side>/", include(of_a_log))]
