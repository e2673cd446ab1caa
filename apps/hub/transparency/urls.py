from django.urls import path

from apps.hub.transparency import about, log_views, sitemap, subscription_views, views

urlpatterns = [
    path("", views.front, name="front"),
    path("about/", about.about, name="about"),
    path("sitemap.xml", sitemap.sitemap, name="sitemap"),
    path("verify/", views.verify_result, name="verify"),
    path("log/", log_views.log, name="log"),
    path("log.csv", log_views.log_csv, name="log_csv"),
    path("log.json", log_views.log_json, name="log_json"),
    path("log.atom", log_views.log_atom, name="log_atom"),
    path("log/mail/", subscription_views.subscribe, name="subscribe"),
    path("log/mail/confirm/<str:token>/", subscription_views.confirm_subscription, name="confirm_subscription"),
    path("log/mail/end/<str:token>/", subscription_views.end_subscription, name="end_subscription"),
    path("figures/", log_views.public_figures, name="figures"),
    path("log/requests/<uuid:pk>/", log_views.request_story, name="request_story"),
    path("log/projects/<uuid:pk>/", log_views.project_story, name="project_story"),
    path("log/centres/<uuid:pk>/", log_views.tre_story, name="tre_story"),
]
