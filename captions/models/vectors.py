from django.db.models import Func


class OwnWords(Func):
    """The words of a text to be searched for, as a tsvector: OwnWords(owner, language, text).

    A word stands in it as it was said and as its language stems it, in lower case and without accents. Each begins
    with the number of its owner, `1f~piano`: in the index everybody's words lie by themselves, and a search reads no
    one else's, however common its words are or however short their beginnings. The function is in migration 0010.
    """

    function = "whisperstream_vector"
    arity = 3
