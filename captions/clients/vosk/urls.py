from django.urls import path

from .views import only_a_socket

urlpatterns = [
    path("", only_a_socket),
    path("<path:rest>", only_a_socket),
]
