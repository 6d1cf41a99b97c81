from captions.speech.languages import Evidence, Languages

ENGLISH = Evidence(4_000, {"en": 0.95, "de": 0.02})
GERMAN = Evidence(4_000, {"de": 0.9, "en": 0.05})
YES = Evidence(400, {"es": 0.8, "en": 0.1})
MUMBLED = Evidence(5_000, {"la": 0.5, "nn": 0.3, "en": 0.1})


def test_another_language_is_taken_up_where_it_is_certain_and_never_for_good():
    assert Languages().push([ENGLISH, GERMAN, ENGLISH]) == ["en", "de", "en"]


def test_short_answers_and_mumbling_are_in_the_language_before():
    languages = Languages()
    assert languages.push([ENGLISH, YES, MUMBLED]) == ["en", "en", "en"]
    assert languages.push([YES, GERMAN, YES]) == ["en", "de", "de"]


def test_a_short_answer_at_the_beginning_is_in_the_language_of_what_comes():
    assert Languages().push([YES, ENGLISH]) == ["en", "en"]
    assert Languages().push([YES]) == ["es"]


def test_one_that_is_almost_as_likely_as_the_one_before_is_not_taken_up():
    assert Languages().push([ENGLISH, Evidence(4_000, {"nl": 0.65, "en": 0.3})]) == ["en", "en"]


def test_a_model_of_one_language_says_nothing():
    languages = Languages()
    assert languages.push([]) == []
    assert languages.push([Evidence(4_000, {})]) == [""]
    assert languages.current == ""
