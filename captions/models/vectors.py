from django.db.models import Func


class OwnWords(Func):
    """The searchable words of a text, as a tsvector: OwnWords(owner, language, text).

    It holds each word as it was said and as its language stems it, in lower case and without accents. Each begins with
    the hexadecimal id of its owner, as in `1f~piano`, so that a search reads only the owner's part of the index, even
    for common words and short prefixes. The SQL function is in migration 0010.
    """

    function = "whisperstream_vector"
    arity = 3
