from django.urls import path

from .views import offer, ping, transcribe

urlpatterns = [
    path("offer", offer, name="simple-offer"),
    path("transcribe", transcribe, name="simple-transcribe"),
    path("ping", ping, name="simple-ping"),
]
