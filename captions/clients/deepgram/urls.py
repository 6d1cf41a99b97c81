from django.urls import path

from .prerecorded import flux, listen

urlpatterns = [
    path("v1/listen", listen, name="deepgram-listen"),
    path("v2/listen", flux),
]
