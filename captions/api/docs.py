"""The page that shows the operations of the API."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "captions/api/docs.html", {"specification": reverse("api:openapi-json")})
