from django.contrib import admin
from django.urls import include, path, re_path
from django.views.defaults import page_not_found

urlpatterns = [
    path("", include("captions.urls")),
    path("accounts/", include("allauth.urls")),
    # Django's shortcut to the page of an object fails at keys that are none, and no object here has a page for others.
    re_path(r"^admin/r/", page_not_found, {"exception": None}),
    path("admin/", admin.site.urls),
]
