from django.db import models
from django.utils.translation import gettext_lazy as _

from ..core.interface_language import translated
from ..core.sealing import seal, unseal

LONGEST_HOST = 253


class SealedAddressModel(models.Model):
    """A place elsewhere to which something is sent.

    `sealed` is its address, which may be as secret as a password; `host` is shown. `problem` is a sentence in English
    that says what is wrong; empty if nothing is.
    """

    sealed = models.BinaryField()
    host = models.CharField(_("host"), max_length=LONGEST_HOST)
    problem = models.CharField(_("problem"), max_length=200, default="")

    class Meta:
        abstract = True

    @property
    def address(self) -> str:
        """Raises SealError if SECRET_KEY was changed."""
        return unseal(bytes(self.sealed))

    @address.setter
    def address(self, address: str) -> None:
        self.sealed = seal(address)

    @property
    def shown_problem(self) -> str:
        return translated(self.problem)
