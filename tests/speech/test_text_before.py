from captions.speech.text_before import TextBefore


def test_the_end_of_what_was_said_is_told_in_whole_words() -> None:
    before = TextBefore(12, 8_000)
    assert before.prompt(0) == ""
    before.add("We meet at noon.", 2_000)
    before.add("Bring Anna.", 4_000)
    assert before.prompt(5_000) == "Bring Anna."


def test_nothing_is_told_after_a_long_silence_or_in_another_language() -> None:
    before = TextBefore(200, 8_000)
    before.add("We meet at noon.", 2_000)
    assert before.prompt(10_000) == "We meet at noon."
    assert before.prompt(10_001) == ""
    before.forget()
    assert before.prompt(2_500) == ""
