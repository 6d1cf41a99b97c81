import importlib
import pkgutil

from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist

import captions
from captions.core.errors import WhisperStreamError

# They need packages that only benchmarks have, or set Django up by themselves.
_APART = ("captions.benchmarks.peers", "captions.migrations")


def test_every_error_of_the_app_is_one_of_the_hierarchy() -> None:
    for module in pkgutil.walk_packages(captions.__path__, "captions."):
        if not module.name.startswith(_APART):
            importlib.import_module(module.name)
    ours = {each for each in _subclasses(Exception) if each.__module__.startswith("captions.")}
    assert len(ours) > 20
    # Django makes two for every model.
    allowed = (WhisperStreamError, MultipleObjectsReturned, ObjectDoesNotExist)
    assert {each for each in ours if not issubclass(each, allowed)} == set()


def _subclasses(of: type[Exception]) -> set[type[Exception]]:
    below = set(of.__subclasses__())
    return below.union(*(_subclasses(each) for each in below))
