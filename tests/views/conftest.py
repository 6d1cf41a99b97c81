import pytest
from django.test import Client

from captions.models import User
from tests.factories import make_user


@pytest.fixture
def user(db: None) -> User:
    return make_user("maren")


@pytest.fixture
def visitor(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
