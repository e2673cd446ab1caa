from django.urls import path

from apps.core.accounts import views

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("leave/", views.leave, name="leave"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("roles/", views.roles, name="roles"),
    path("people/", views.people, name="people"),
    path("people/invite/", views.invite, name="invite"),
    path("people/<uuid:pk>/", views.person, name="person"),
    path("people/<uuid:pk>/reset/", views.reset, name="reset_second_factor"),
    path("people/changes/<uuid:pk>/", views.access_change, name="access_change"),
    path("people/roles/<uuid:pk>/end/", views.end_role, name="end_role"),
]
