"""From sound to sentences, in virtual time: scripted speech, and engines that hear it well or badly."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.agreement import AgreementSettings
from captions.speech.endpointing import EndpointSettings
from captions.speech.live_events import Request
from captions.speech.live_settings import LiveSettings
from captions.speech.live_text import LiveText
from captions.speech.types import SILENCE, Hypothesis, TimeRange, Word

from .dictation import STEP_MS, Dictation, Speech, bare, said

SECOND = 31
"""Steps in a second, nearly."""


class TestRows:
    def test_one_sentence_over_pauses_is_one_row(self) -> None:
        speech = Speech()
        for part in ("I am sitting", "in a room", "different from the one", "you are in now."):
            speech.say(part).pause(40)
        made = Dictation(speech.pause(40)).run()
        assert made.texts == ["I am sitting in a room different from the one you are in now."]

    def test_a_row_closes_when_the_next_sentence_begins(self) -> None:
        made = Dictation(Speech().say("We meet at noon. Bring the keys. Then we go on").pause(12)).run()
        assert made.texts == ["We meet at noon.", "Bring the keys."]
        assert made.page.text.endswith("Then we go on")

    def test_a_row_closes_after_two_seconds_of_silence_in_the_middle_of_a_sentence(self) -> None:
        made = Dictation(Speech().say("We meet at").pause(2 * SECOND)).run()
        assert not made.texts
        made.run(made.clock_ms + 3 * STEP_MS)
        assert made.texts == ["We meet at"]

    def test_the_speaker_says_how_long_that_silence_is(self) -> None:
        endpoints = EndpointSettings(silence_ms=640)
        speech = Speech().say("One two").pause(25).say("three four").pause(15).say("five").pause(25)
        assert Dictation(speech, endpoints=endpoints).run().texts == ["One two", "Three four five"]

    def test_another_silence_counts_at_once(self) -> None:
        made = Dictation(Speech().say("One two").pause(25)).run()
        made.live.adopt(EndpointSettings(silence_ms=640))
        made.run(made.clock_ms + STEP_MS)
        assert made.texts == ["One two"]

    def test_a_row_says_when_and_in_which_language_it_was_said(self) -> None:
        made = Dictation(Speech().pause(10).say("We meet. Then").pause(100)).run()
        first, second = made.page.rows
        assert [(word.text, word.start_ms) for word in first.words] == [(" We", 320), (" meet.", 640)]
        assert first.language == "en"
        assert first.settled_ms == second.words[0].start_ms == 960
        assert second.settled_ms == 1280 + made.settings.tail_ms

    def test_nothing_said_is_no_row(self) -> None:
        made = Dictation(Speech().say("um").pause(100), engine=lambda request: SILENCE).run()
        assert not made.texts
        assert not made.page.partials
        assert not made.live.waits

    def test_what_was_said_for_seconds_and_never_heard_is_unclear(self) -> None:
        made = Dictation(
            Speech().say("this is too fast for any model").pause(100), engine=lambda request: SILENCE
        )
        assert made.run().texts == ["[unclear]"]
        (word,) = made.page.rows[0].words
        assert (word.start_ms, word.end_ms) == (0, 70 * STEP_MS)

    def test_what_was_not_heard_before_the_first_word_of_a_window_is_unclear(self) -> None:
        speech = Speech().say("this is too fast for any model").pause(20).say("we meet at noon").pause(100)

        def hear(request: Request) -> Hypothesis:
            late = [each for each in speech.within(request.start_ms, request.end_ms) if each.start_ms > 2_000]
            return said([word.shifted(-request.start_ms) for word in late])

        assert Dictation(speech, engine=hear).run().drain().texts == ["[unclear] we meet at noon"]

    def test_what_a_model_takes_for_silence_and_does_not_believe_is_nothing(self) -> None:
        invented = said([Word(0, 300, " Thank", 0.3), Word(300, 600, " you.", 0.3)])
        doubted = replace(invented, no_speech_probability=0.7, mean_log_probability=-1.2)
        for heard, texts in ((doubted, list[str]()), (invented, ["Thank you."])):
            made = Dictation(Speech().say("um um").pause(100))
            made.engine = lambda request, heard=heard: heard  # type: ignore[misc]
            assert made.run().texts == texts

    def test_a_doubtful_word_where_nobody_speaks_is_left_out(self) -> None:
        def inventing(request: Request) -> Hypothesis:
            heard = made.speech.hear(request)
            stray = Word(request.end_ms - 50, request.end_ms, " you", 0.2)
            return replace(heard, words=(*heard.words, stray.shifted(-request.start_ms)))

        made = Dictation(Speech().say("One two three").pause(100), latency=lambda: 1_200)
        made.engine = inventing
        assert made.run().texts == ["One two three"]


class TestStability:
    def test_a_pause_makes_all_words_stable_at_once(self) -> None:
        speech = Speech().say("We meet at the new station")
        made = Dictation(speech.pause(50)).run(
            speech.words[-1].end_ms + EndpointSettings().pause_ms + STEP_MS
        )
        assert made.page.text == "We meet at the new station"
        assert made.page.tentative == ""
        assert not made.texts, "the row stays open"
        assert made.live.speaking

    def test_one_decode_of_the_pause_is_enough(self) -> None:
        speech = Speech().say("We meet at the new station")
        made = Dictation(speech.pause(2 * SECOND)).run()
        asked = [each for each in made.requests if each.end_ms > speech.words[-1].end_ms]
        assert len(asked) <= 2

    def test_where_the_words_are_not_all_heard_the_pause_asks_urgently(self) -> None:
        made = Dictation(Speech().say("One two three four").pause(70), latency=lambda: 700).run()
        assert [each.urgent for each in made.requests].count(True) == 1
        assert made.requests[-1].urgent
        assert made.page.text == "One two three four"

    def test_words_are_tentative_until_two_decodes_agree(self) -> None:
        made = Dictation(Speech().say("One two three four five six")).run()
        first = made.page.partials[0]
        assert (first.stable, first.tentative) == ("", "One")
        assert made.page.text.startswith("One two three")
        assert made.page.text != made.speech.text

    def test_a_mark_is_tentative_until_the_next_word(self) -> None:
        made = Dictation(Speech().say("We meet at noon.").pause(20)).run()
        last = made.page.partials[-1]
        assert (last.stable, last.tentative) == ("We meet at noon", ".")
        made.speech.say("today. Then")
        changed = [replace(word, text=word.text.replace("noon.", "noon")) for word in made.speech.words]
        made.speech.words = changed
        made.speech.pause(20)
        made.run()
        assert made.texts == ["We meet at noon today."]

    def test_a_mark_that_a_later_decode_adds_ends_the_sentence(self) -> None:
        made = Dictation(Speech().say("We meet at noon").pause(20)).run()
        assert made.page.partials[-1].tentative == ""
        made.speech.words[-1] = replace(made.speech.words[-1], text=" noon.")
        made.speech.say("Then we go").pause(20)
        made.run()
        assert made.texts == ["We meet at noon."]

    def test_dots_where_the_sound_broke_off_are_no_mark(self) -> None:
        made = Dictation(Speech().say("We meet at...").pause(20)).run()
        assert (made.page.partials[-1].stable, made.page.partials[-1].tentative) == ("We meet at", "")
        made.speech.words[-1] = replace(made.speech.words[-1], text=" at")
        made.speech.say("noon.").pause(100)
        assert made.run().texts == ["We meet at noon."]

    def test_a_word_that_a_decode_glues_to_a_stable_one_is_not_read_twice(self) -> None:
        def gluing(request: Request) -> Hypothesis:
            words = list(made.speech.hear(request).words)
            stable = len(request.prefix.split())
            if stable:
                words[stable - 1] = replace(words[stable - 1], text=words[stable - 1].text + "s")
            return said(words)

        made = Dictation(Speech().say("One two three").pause(20).say("four five").pause(100))
        made.engine = gluing
        assert made.run().texts == ["One two three four five"]

    def test_no_space_is_written_where_the_language_has_none(self) -> None:
        made = Dictation(Speech().say("a b c d e"))
        made.speech.words = [replace(each, text=each.text.strip()) for each in made.speech.words]
        made.engine = lambda request: said(
            [each.shifted(-request.start_ms) for each in made.speech.within(request.start_ms, request.end_ms)]
        )
        made.run()
        assert made.page.partials[-1].stable + made.page.partials[-1].tentative == "Abcde"


class TestRequests:
    def test_nobody_speaks_nothing_is_asked(self) -> None:
        assert not Dictation(Speech().pause(200)).run().requests

    def test_the_first_comes_soon_after_the_voice_and_begins_before_it(self) -> None:
        made = Dictation(Speech().pause(30).say("One two three")).run()
        first = made.requests[0]
        assert first.start_ms == 30 * STEP_MS - 300
        assert 350 <= first.end_ms - 30 * STEP_MS < 350 + STEP_MS
        assert not first.urgent

    def test_the_next_come_when_there_is_more_sound(self) -> None:
        made = Dictation(Speech().say("One two three four five six")).run()
        ends = [each.end_ms for each in made.requests]
        assert all(150 <= after - before < 150 + STEP_MS for before, after in pairwise(ends))

    def test_a_slow_engine_is_asked_one_thing_at_a_time(self) -> None:
        made = Dictation(Speech().say("One two three four five six"), latency=lambda: 640).run()
        assert len(made.requests) == 3

    def test_the_stable_words_are_the_prefix_and_the_sound_behind_them_is_new(self) -> None:
        made = Dictation(Speech().say("We meet at noon.").pause(20).say("Then we go")).run()
        last = made.requests[-1]
        assert last.prefix.startswith("We meet at noon. Then") or last.prefix == "We meet at noon"
        stable = len(last.prefix.split())
        assert last.new_ms == last.end_ms - made.speech.words[stable - 1].end_ms
        assert 0 < last.voice_ms <= last.new_ms

    def test_a_window_grows_over_pauses(self) -> None:
        made = Dictation(Speech().say("One two").pause(40).say("three four").pause(40)).run()
        assert {each.start_ms for each in made.requests} == {0}
        assert made.requests[-1].end_ms > 80 * STEP_MS

    def test_a_window_that_is_too_long_begins_later_and_keeps_the_open_sentence(self) -> None:
        speech = Speech()
        for number in range(12):
            speech.say(f"This is sentence number {number}.").pause(12)
        made = Dictation(speech.pause(100)).run()
        assert made.texts == [f"This is sentence number {number}." for number in range(12)]
        longest = max(each.end_ms - each.start_ms for each in made.requests)
        assert longest <= made.settings.longest_ms
        later = [each for each in made.requests if each.start_ms > 0]
        assert later
        assert all(each.prompt for each in later), "what came before is told"
        assert all(each.prefix for each in later), "and the words that are in it"

    def test_what_was_heard_in_a_window_that_begins_later_is_not_asked_for_again(self) -> None:
        speech = Speech().say(" ".join(f"word{number}" for number in range(60)))
        made = Dictation(speech.pause(100)).run()
        assert [each for each in made.requests if not each.row][-1].start_ms > 0
        assert not [each for each in made.requests if each.again]
        assert " ".join(made.texts).casefold() == speech.text

    def test_a_decode_that_stalls_behind_the_stable_words_is_not_told_them(self) -> None:
        def stalling(request: Request) -> Hypothesis:
            heard = made.speech.hear(request)
            return (
                replace(heard, words=heard.words[: len(request.prefix.split())]) if request.prefix else heard
            )

        made = Dictation(
            Speech().say("We meet at noon").pause(20).say("and bring the keys with us").pause(80)
        )
        made.engine = stalling
        made.run()
        assert made.texts == ["We meet at noon and bring the keys with us"]
        untold = [each for each in made.requests if not (each.prefix or each.again or each.row)]
        afresh = [each for each in untold if each.end_ms > 60 * STEP_MS]
        assert afresh
        assert all(each.new_ms == each.end_ms - each.start_ms for each in afresh), "all of it may be said"

    def test_words_that_are_found_only_when_the_stable_ones_are_not_told_stay_and_become_stable(self) -> None:
        def stalling(request: Request) -> Hypothesis:
            heard = made.speech.hear(request)
            # It takes the end of the sentence for the end of the sound.
            return replace(heard, words=heard.words[:4]) if request.prefix == "We meet at noon" else heard

        speech = Speech().say("We meet at noon.").pause(20)
        made = Dictation(speech.say("and bring all of the keys with us as we did before"))
        made.engine = stalling
        made.run()
        words = [len(f"{each.stable} {each.tentative}".split()) for each in made.page.partials]
        assert words == sorted(words), "no word goes once it is there"
        assert made.page.text.startswith("We meet at noon and bring all of the keys with us")

    def test_where_neither_way_a_word_is_found_the_window_begins_behind_the_stable_ones(self) -> None:
        def deaf(request: Request) -> Hypothesis:
            heard = made.speech.hear(request)
            return replace(heard, words=heard.words[:4]) if request.start_ms < 1_000 else heard

        made = Dictation(
            Speech().say("We meet at noon").pause(20).say("and bring all of the keys with us").pause(80)
        )
        made.engine = deaf
        made.run()
        assert made.texts == ["We meet at noon and bring all of the keys with us"]
        assert not [each for each in made.requests if each.again]

    def test_a_decode_that_goes_on_within_the_last_stable_word_is_not_believed_to_have_its_place(
        self,
    ) -> None:
        def gluing(request: Request) -> Hypothesis:
            heard = made.speech.hear(request)
            told = len(request.prefix.split())
            if not told or len(heard.words) <= told:
                return heard
            glued = replace(heard.words[told - 1], text=heard.words[told - 1].text + "-t-t")
            return replace(heard, words=(*heard.words[: told - 1], glued, *heard.words[told:]))

        made = Dictation(Speech().say("We meet at noon and bring all of the keys with us").pause(80))
        made.engine = gluing
        made.run()
        assert made.texts == ["We meet at noon and bring all of the keys with us"]
        told = [bool(each.prefix) for each in made.requests if each.end_ms > 2_000 and not each.row]
        assert not any(one and other for one, other in pairwise(told)), (
            "the one after it is not told the words"
        )

    def test_the_text_before_is_told_in_whole_words_unless_it_is_long_ago(self) -> None:
        settings = LiveSettings(prompt_characters=13, prompt_gap_ms=8_000)
        speech = (
            Speech()
            .say("We meet at noon")
            .pause(100)
            .say("then")
            .pause(100)
            .pause(300)
            .say("later")
            .pause(80)
        )
        made = Dictation(speech, settings=settings).run()
        prompts = {each.start_ms: each.prompt for each in made.requests}
        assert list(prompts.values()) == ["", "meet at noon", ""]

    def test_a_text_from_elsewhere_may_come_before(self) -> None:
        made = Dictation(Speech().say("We meet").pause(100))
        made.live.go_on_from("They spoke of Stromness.")
        made.run().drain()
        assert {each.prompt for each in made.requests if not each.row} == {"They spoke of Stromness."}

    def test_another_language_has_nothing_to_do_with_the_text_before(self) -> None:
        made = Dictation(Speech().say("We meet").pause(100).say("then").pause(100))
        made.run(110 * STEP_MS)
        made.live.forget()
        made.run()
        assert not any(each.prompt for each in made.requests)


class TestHeardAgain:
    """Voice with no word over it."""

    def test_a_word_that_was_guessed_in_the_pause_before_it_stands_there_once(self) -> None:
        speech = Speech().say("We meet at").pause(30).say("noon", each=20).pause(100)
        at, noon = speech.words[-2:]
        guess = Word(at.end_ms - 20, at.end_ms + 60, " noon", 0.7)

        def hear(request: Request) -> Hypothesis:
            words = speech.within(request.start_ms, request.end_ms)
            if request.start_ms < at.start_ms < request.end_ms - 400:
                words = [each for each in words if each is not noon] + [guess]
            return said([word.shifted(-request.start_ms) for word in words])

        made = Dictation(speech, engine=hear).run().drain()
        assert made.texts == ["We meet at noon"]
        assert [each for each in made.requests if each.again]
        last = made.page.rows[0].words[-1]
        assert (last.start_ms, last.end_ms) == (noon.start_ms, noon.end_ms)

    def test_it_stands_there_once_too_where_something_doubtful_is_heard_with_it(self) -> None:
        speech = Speech().say("We meet at").pause(30).say("noon", each=20).pause(100)
        at, noon = speech.words[-2:]
        guess = Word(at.end_ms - 20, at.end_ms + 60, " noon", 0.7)
        doubtful = Word(noon.end_ms - 100, noon.end_ms, " um", 0.1)
        tries: list[int] = []

        def hear(request: Request) -> Hypothesis:
            words = speech.within(request.start_ms, request.end_ms)
            if request.again:
                tries.append(request.start_ms)
                words = [noon, doubtful] if len(tries) == 1 else [noon]
            elif request.end_ms > at.end_ms + 100:
                words = [*speech.words[:3], guess]
            return said([word.shifted(-request.start_ms) for word in words])

        made = Dictation(speech, engine=hear).run().drain()
        assert len(tries) == 2
        assert made.texts == ["We meet at noon"]

    def dictation(self, *, late: str = "", never: str = "") -> Dictation:
        """Words that are heard only with those behind the pause, or not at all; by themselves neither."""
        speech = Speech().say("And so my").say("fellow Americans", each=30).pause(30)
        since_ms = speech.end_ms
        speech.say("ask not what").pause(100)

        def hear(request: Request) -> Hypothesis:
            deaf = f"{never} {late}" if request.again or request.end_ms < since_ms else never
            words = speech.within(request.start_ms, request.end_ms)
            return said(
                [each.shifted(-request.start_ms) for each in words if each.text.strip() not in deaf.split()]
            )

        return Dictation(speech, engine=hear)

    def test_what_a_later_decode_hears_is_not_unclear(self) -> None:
        made = self.dictation(late="fellow Americans")
        made.run(made.speech.words[5].start_ms)
        assert (made.page.text, made.page.tentative) == ("And so my", "[unclear]")
        assert made.run().drain().texts == ["And so my fellow Americans ask not what"]

    def test_what_a_later_decode_hears_only_a_part_of_is_looked_at_again(self) -> None:
        made = self.dictation(never="fellow", late="Americans").run().drain()
        assert made.texts == ["And so my [unclear] Americans ask not what"]
        unclear = made.page.rows[0].words[3]
        assert unclear.end_ms <= made.speech.words[4].start_ms

    def test_what_no_decode_hears_stays_unclear(self) -> None:
        made = self.dictation(never="fellow Americans").run().drain()
        assert made.texts == ["And so my [unclear] ask not what"]


class TestLanguages:
    """Nobody has chosen a language."""

    def test_what_the_model_hardly_believes_is_heard_again_once_and_stays_where_that_is_no_better(
        self,
    ) -> None:
        def doubting(request: Request) -> Hypothesis:
            heard = made.speech.hear(request)
            return replace(heard, mean_log_probability=-0.9) if request.end_ms > 60 * STEP_MS else heard

        speech = Speech().say("We meet at noon").pause(20).say("and bring all of the keys").pause(100)
        only_in_pauses = LiveSettings(agreement=AgreementSettings(apart_ms=60_000))
        made = Dictation(speech, latency=lambda: 100, settings=only_in_pauses, detects=True)
        made.engine = doubting
        made.run()
        assert [each for each in made.requests if each.again]
        assert made.texts == ["We meet at noon and bring all of the keys"]

    def test_it_is_written_in_the_language_that_the_model_believes_more(self) -> None:
        def german(request: Request) -> Hypothesis:
            heard = made.speech.hear(request)
            if request.again is None:
                return replace(heard, mean_log_probability=-0.9, language_probability=0.5)
            words = tuple(replace(each, text=" ja") for each in heard.words)
            return replace(heard, words=words, language="de", mean_log_probability=-0.2)

        made = Dictation(Speech().say("yeah yeah yeah yeah yeah").pause(100), detects=True)
        made.engine = german
        made.run()
        assert made.texts == ["Ja ja ja ja ja"]
        assert made.page.rows[0].language == "de"

    def test_a_first_word_is_held_until_there_is_enough_voice_to_tell(self) -> None:
        made = Dictation(
            Speech().say("one two three four five six seven eight nine ten eleven twelve"), detects=True
        )
        made.engine = lambda request: replace(made.speech.hear(request), language_probability=0.5)
        made.run(2_900)
        assert made.page.text == ""
        made.run()
        assert made.page.text.startswith("One two three")

    def test_a_first_word_is_not_shown_that_the_model_doubts(self) -> None:
        made = Dictation(Speech().say("one two three four five six seven eight"), detects=True)

        def hear(request: Request) -> Hypothesis:
            heard = made.speech.hear(request)
            if request.end_ms > 1_000:
                return replace(heard, language_probability=0.4)
            return said([Word(0, 300, " אין", 0.3), Word(300, 600, " שום", 0.5), Word(600, 900, " שום", 0.9)])

        made.engine = hear
        made.run(1_000)
        assert made.requests
        assert not made.page.partials
        made.run(1_400)
        assert made.page.tentative.startswith("one two")

    def bilingual(self, pause: int) -> Dictation:
        """English, a pause of so many steps, then German: heard as German by itself only, and as nothing else."""
        speech = Speech().say("one two three four five six seven eight nine ten").pause(pause)
        speech.say("eins zwei drei vier acht neun zehn elf zwölf dreizehn vierzehn").pause(100)

        def hear(request: Request) -> Hypothesis:
            heard = speech.hear(request)
            since_ms = 10 * 10 * STEP_MS + pause * STEP_MS
            if request.start_ms >= since_ms - 400:
                return replace(heard, language="de")
            words = tuple(
                replace(word, text=" gibberish") if word.start_ms + request.start_ms >= since_ms else word
                for word in heard.words
            )
            return replace(heard, words=words)

        return Dictation(speech, engine=hear, detects=True)

    @pytest.mark.parametrize("pause", [30, 50, 100])
    def test_who_goes_on_in_another_language_after_a_pause_is_written_in_that(self, pause: int) -> None:
        made = self.bilingual(pause).run().drain()
        assert made.texts == [
            "One two three four five six seven eight nine ten",
            "Eins zwei drei vier acht neun zehn elf zwölf dreizehn vierzehn",
        ]
        assert [row.language for row in made.page.rows] == ["en", "de"]

    def test_what_is_said_after_a_pause_is_heard_by_itself_for_its_language_and_once_where_it_is_the_same(
        self,
    ) -> None:
        speech = Speech().say("one two three four five six seven eight nine ten").pause(30)
        made = Dictation(speech.say("one two three four five six seven eight").pause(20), detects=True).run()
        (check,) = [each for each in made.requests if each.check]
        assert (check.prefix, check.prompt) == ("", "")
        assert check.start_ms == 130 * 10 * STEP_MS // 10 - made.settings.lead_ms
        told = Dictation(speech).run()
        assert not [each for each in told.requests if each.check], "who has chosen a language speaks it"

    def test_what_is_short_is_likely_in_the_language_of_before(self) -> None:
        made = Dictation(
            Speech().say("one two three four five six").pause(100).say("yes").pause(100), detects=True
        )
        made.run()
        assert [each.likely for each in made.requests if each.start_ms > 2_000][:1] == ["en"]
        assert not any(each.likely for each in made.requests if each.voice_ms >= 1_200)


class TestMarks:
    """An open sentence that has become long is heard once as a whole, for its punctuation."""

    LONG = "we meet at noon and bring the keys with us then we go home and nobody knows where the others are"

    def dictation(self) -> Dictation:
        speech = Speech()
        words = self.LONG.split()
        speech.say(" ".join(words[:10])).pause(20).say(" ".join(words[10:])).pause(20)
        return Dictation(speech.say("until they come").pause(100))

    def with_marks(self, made: Dictation) -> None:
        """Only what is heard as a whole has full stops."""

        def hear(request: Request) -> Hypothesis:
            heard = made.speech.hear(request)
            if request.row is None:
                return heard
            marks = {"us": " us.", "then": " Then"}
            return replace(
                heard,
                words=tuple(
                    replace(word, text=marks.get(word.text.strip(), word.text)) for word in heard.words
                ),
            )

        made.engine = hear

    def test_it_is_asked_for_in_a_pause_and_parted_where_its_sentences_end(self) -> None:
        made = self.dictation()
        self.with_marks(made)
        made.run()
        assert made.texts == [
            "We meet at noon and bring the keys with us.",
            "Then we go home and nobody knows where the others are until they come",
        ]
        asked = next(each for each in made.requests if each.row)
        assert asked.prefix == ""
        assert not asked.urgent
        assert asked.end_ms < made.speech.end_ms - 100 * STEP_MS, "while it is open"

    def test_the_next_decodes_are_told_the_marks(self) -> None:
        made = self.dictation()
        self.with_marks(made)
        made.run()
        told = [f"{each.prompt} {each.prefix}" for each in made.requests if each.prefix]
        assert "us then we go" in told[-1].casefold().replace(".", "")
        assert "us. Then we go" in told[-1]

    def test_a_short_pause_has_no_time_for_it(self) -> None:
        words = self.LONG.split()
        speech = Speech().say(" ".join(words[:10])).pause(12).say(" ".join(words[10:])).pause(12)
        made = Dictation(speech.say("until they come").pause(3)).run()
        assert not [each for each in made.requests if each.row]

    def test_a_sentence_that_was_heard_so_to_its_end_is_not_heard_again(self) -> None:
        words = self.LONG.split()
        made = Dictation(Speech().say(" ".join(words[:10])).pause(12).say(" ".join(words[10:])).pause(100))
        made.run().drain()
        assert len([each for each in made.requests if each.row]) == 1
        assert made.texts == ["We" + self.LONG[2:]]

    def test_where_that_fails_it_stays_as_it_is(self) -> None:
        made = self.dictation()
        made.engine = lambda request: None if request.row else made.speech.hear(request)
        made.run().drain()
        assert made.texts == ["We" + self.LONG[2:] + " until they come"]


class TestBreaks:
    def test_a_flush_ends_the_sentence_with_what_was_heard(self) -> None:
        made = Dictation(Speech().say("One two three")).run()
        made.drain()
        assert made.texts == ["One two three"]
        assert not made.live.speaking
        assert made.page.rows[-1].settled_ms == made.live.settled_ms == 960

    def test_a_flush_in_the_moment_when_all_is_heard_loses_nothing(self) -> None:
        for steps in range(8):
            made = Dictation(Speech().say("One two three").pause(steps)).run().drain()
            assert made.texts == ["One two three"], steps

    def test_a_flush_of_nothing_is_nothing(self) -> None:
        made = Dictation(Speech().pause(50)).run().drain()
        assert not made.texts
        assert not made.requests

    def test_a_flush_leaves_the_silence_at_the_end_out(self) -> None:
        speech = Speech().say("One two three").pause(50)
        made = Dictation(speech, latency=lambda: 10_000).run().drain()
        assert made.texts == ["One two three"]
        end_ms = speech.words[-1].end_ms
        assert made.requests[-1].end_ms == end_ms + made.settings.tail_ms < speech.end_ms

    def test_what_comes_after_a_flush_is_another_row(self) -> None:
        made = Dictation(Speech().say("One two three four")).run(2 * 10 * STEP_MS)
        made.flush()
        made.run().drain()
        assert made.texts == ["One two", "Three four"]
        assert made.requests[-1].start_ms == 2 * 10 * STEP_MS

    def test_speech_after_a_short_silence_is_another_row_and_is_decoded_after_what_was_said(self) -> None:
        speech = Speech().say("One two").pause(20).say("three four").pause(80).say("five six").pause(100)
        made = Dictation(speech, endpoints=EndpointSettings(silence_ms=480)).run().drain()
        assert made.texts == ["One two", "Three four", "Five six"]
        asked = {(each.start_ms > 0, each.prompt, each.prefix) for each in made.requests if not each.row}
        assert (False, "", "One two") in asked
        # The longer silence is the end of that, and all of it is the prompt.
        assert (True, "One two Three four", "") in asked

    def test_a_gap_ends_the_row_and_moves_the_clock(self) -> None:
        speech = Speech().say("One two").pause(1000).say("three four").pause(5)
        made = Dictation(speech, latency=lambda: 200)
        made.run(20 * STEP_MS)
        made.skip(1000 * STEP_MS - 320)
        assert made.live.settled_ms <= 0, "the row before the gap is not done"
        made.run().drain()
        assert made.texts == ["One two", "Three four"]
        assert made.page.rows[0].settled_ms == 20 * STEP_MS
        assert made.requests[-1].start_ms >= made.requests[0].start_ms + 1000 * STEP_MS - 320

    def test_a_window_without_any_answer_is_split_in_its_longest_pause(self) -> None:
        speech = Speech()
        for number in range(10):
            speech.say(" ".join(f"w{number}{letter}" for letter in "Abcde")).pause(40 if number == 7 else 8)
        settings = LiveSettings(hard_ms=14_000, row_ms=10_000)
        made = Dictation(speech.pause(100), settings=settings, latency=lambda: 15_500).run().drain()
        assert " ".join(made.texts) == speech.text
        borders = {each.start_ms for each in made.requests if not each.row}
        assert len(borders) > 1
        assert all(not speech.voiced(border) for border in borders - {0})

    def test_the_silence_ends_a_row_whether_it_is_decoded_or_not(self) -> None:
        speech = Speech().say("One two").pause(100).say("three four").pause(100)
        made = Dictation(speech, latency=lambda: 6_000).run().drain()
        assert made.texts == ["One two", "Three four"]


class TestFailures:
    def test_a_failed_decode_is_asked_for_again(self) -> None:
        fails = iter([True, True, False, True])
        made = Dictation(Speech().say("One two three").pause(100))
        made.engine = lambda request: None if next(fails, False) else made.speech.hear(request)
        assert made.run().texts == ["One two three"]

    def test_an_engine_that_fails_for_good_costs_no_stable_word(self) -> None:
        made = Dictation(Speech().say("One two three four five six").pause(100))
        made.engine = lambda request: None if request.end_ms > 1_500 else made.speech.hear(request)
        made.run().drain()
        assert made.texts == ["One two three"]
        assert made.page.unheard == [TimeRange(960, 1_920 + made.settings.tail_ms)]

    def test_what_no_engine_decodes_is_told_as_unheard_once(self) -> None:
        made = Dictation(Speech().say("One two three").pause(100), engine=lambda request: None).run()
        assert made.page.unheard == [TimeRange(0, 960 + made.settings.tail_ms)]
        assert not made.live.waits
        made.drain()
        assert len(made.page.unheard) == 1
        assert not made.texts

    def test_after_that_it_goes_on(self) -> None:
        made = Dictation(Speech().say("One two three").pause(100).say("four five").pause(100))
        made.engine = lambda request: None if request.start_ms < 900 else made.speech.hear(request)
        assert made.run().texts == ["Four five"]
        assert len(made.page.unheard) == 1

    def test_an_engine_that_never_answers_keeps_only_so_much(self) -> None:
        speech = Speech()
        for _ in range(60):
            speech.say("On and on and on", each=20).pause(70)
        made = Dictation(speech, latency=lambda: 10**9).run()
        assert len(made.live._windows.ended) <= made.settings.most_ended
        assert len(made.page.unheard) == pytest.approx(60 - made.settings.most_ended, abs=2)

    def test_an_answer_to_what_is_over_is_void(self) -> None:
        live = LiveText()
        request = Request(0, 500, "", "", 500, 300, False)
        assert live.take(request, said([Word(0, 300, " late", 0.9)])) == []
        assert live.failed(request) == []


words_of_speech = st.lists(
    st.tuples(
        st.integers(4, 16),
        st.sampled_from([0, 0, 0, 2, 5, 8, 20, 40, 61, 64, 90]),
        st.sampled_from(["", "", ".", ","]),
    ),
    min_size=1,
    max_size=25,
)


def speech_of(parts: list[tuple[int, int, str]]) -> Speech:
    speech = Speech().pause(12)
    for number, (steps, pause, mark) in enumerate(parts):
        speech.say(f"W{number}{mark}", each=steps).pause(pause)
    return speech


SHORT = LiveSettings(longest_ms=5_000, context_ms=2_000, hard_ms=8_000, row_ms=6_000)


@given(
    words_of_speech,
    st.sampled_from([0, 50, 200, 600, 2_000, 7_000]),
    st.sampled_from([LiveSettings(), SHORT]),
    st.integers(0, 2**32),
)
def test_no_word_is_lost_or_doubled_at_any_timing(
    parts: list[tuple[int, int, str]], slowness: int, settings: LiveSettings, seed: int
) -> None:
    """Any pauses, flushes and gaps between words, an engine of any speed that fails now and then."""
    chance = random.Random(seed)
    made = Dictation(speech_of(parts), latency=lambda: chance.randrange(slowness + 1), settings=settings)
    # Three failures in a row are more than it bears.
    failures = iter(int, 1)

    def engine(request: Request) -> Hypothesis | None:
        nonlocal failures
        if not next(failures, 0) and chance.random() < 0.15:
            failures = iter([1, 1, 1])
            return None
        return made.speech.hear(request)

    made.engine = engine
    for word in list(made.speech.words):
        made.run(word.end_ms + chance.choice([0, 0, 32, 64, 200]))
        if chance.random() < 0.1 and not made.speech.cut_at(made.clock_ms):
            made.flush() if chance.random() < 0.5 else made.skip(0)
    made.run().drain()
    assert " ".join(made.texts) == made.speech.text
    assert not made.page.unheard


@given(words_of_speech, st.sampled_from([0, 100, 1_000]), st.integers(0, 2**32))
def test_a_word_that_is_cut_is_never_stable(
    parts: list[tuple[int, int, str]], slowness: int, seed: int
) -> None:
    """An engine that takes a word of which it heard only a part for another one."""
    chance = random.Random(seed)
    made = Dictation(speech_of(parts), latency=lambda: chance.randrange(slowness + 1))

    def engine(request: Request) -> Hypothesis:
        inside = [each for each in made.speech.words if request.start_ms <= each.start_ms < request.end_ms]
        heard = [
            each if each.end_ms <= request.end_ms else Word(each.start_ms, request.end_ms, f" x{number}", 0.9)
            for number, each in enumerate(inside)
        ]
        return said([each.shifted(-request.start_ms) for each in heard])

    made.engine = engine
    made.run().drain()
    assert " ".join(made.texts) == made.speech.text


VOCABULARY = ["or", "the", "no.", "Yes?", "and,", "room", "well...", "I", "a.m.", "now!", "-"]


class Unreliable:
    """Revises itself, drops ends, loops, invents, mistimes, hears nothing or fails; but it begins with the prefix."""

    def __init__(self, speech: Speech, seed: int) -> None:
        self._speech = speech
        self._chance = random.Random(seed)
        self._wildness = self._chance.choice([0.02, 0.1, 0.5])

    def __call__(self, request: Request) -> Hypothesis | None:
        chance = self._chance
        if chance.random() < 0.1:
            return None
        if chance.random() < 0.1 and not request.prefix:
            return chance.choice([SILENCE, said([])])
        prefix = [f" {word}" for word in request.prefix.split()]
        inside = self._speech.within(request.start_ms, request.end_ms)
        texts = [each.text for each in inside[len(prefix) :]]
        texts = [
            f" {chance.choice(VOCABULARY)}" if chance.random() < self._wildness else each for each in texts
        ]
        if chance.random() < self._wildness:
            texts = texts[: chance.randrange(len(texts) + 1)]
        if texts and chance.random() < self._wildness:
            texts += texts[-chance.randrange(1, 3) :] * chance.randrange(1, 6)
        if prefix and chance.random() < 0.4:
            prefix[-1] += chance.choice([".", ",", "s", "!", "..."])
        length = request.end_ms - request.start_ms
        if chance.random() < self._wildness:
            times = sorted(chance.randrange(length) for _ in range(2 * len(prefix + texts)))
        else:
            times = [length * at // (2 * len(prefix + texts)) for at in range(2 * len(prefix + texts))]
        words = [
            Word(times[2 * number], times[2 * number + 1], text, chance.choice([0.1, 0.5, 0.95]))
            for number, text in enumerate(prefix + texts)
        ]
        return said(
            words,
            no_speech_probability=chance.choice([0.0, 0.9]),
            mean_log_probability=chance.choice([-0.1, -1.5]),
        )


@given(words_of_speech, st.sampled_from([0, 300, 3_000, 20_000]), st.integers(0, 2**32))
def test_stable_words_are_never_rewritten_or_lost_whatever_the_engine_says(
    parts: list[tuple[int, int, str]], slowness: int, seed: int
) -> None:
    """The page checks what it is told: see `Page`."""
    chance = random.Random(seed)
    speech = speech_of(parts)
    made = Dictation(
        speech,
        engine=Unreliable(speech, seed),
        latency=lambda: chance.randrange(slowness + 1),
        settings=SHORT,
    )
    while made.clock_ms < speech.end_ms:
        made.run(made.clock_ms + chance.randrange(32, 3_000))
        if chance.random() < 0.15:
            made.flush() if chance.random() < 0.5 else made.skip(chance.randrange(1, 5_000))
    made.drain()
    stable = [text for text in made.page.stable.values() if text]
    saved = [bare(text) for text in made.texts]
    assert sorted(saved) == sorted(bare(text) for text in stable), "all that was stable is saved"
    assert len(made.live._windows.ended) <= SHORT.most_ended
