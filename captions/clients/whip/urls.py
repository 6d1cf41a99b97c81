from django.urls import path

from .views import session, whip

urlpatterns = [
    path("whip", whip, name="whip"),
    path("whip/<uuid:pk>", whip, name="whip-join"),
    path("whip/sessions/<uuid:pk>", session, name="whip-session"),
]
